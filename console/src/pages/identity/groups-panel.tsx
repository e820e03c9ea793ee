/** Which groups a user is in, or which users are in a group. */
import { AddUserToGroupCommand, GetGroupCommand, type IAMClient, ListGroupsCommand, ListGroupsForUserCommand, ListUsersCommand, RemoveUserFromGroupCommand } from "@aws-sdk/client-iam";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Multiselect, { type MultiselectProps } from "@cloudscape-design/components/multiselect";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { useClients } from "../../app/clients";
import { useNotices } from "../../app/notices";
import { gather, useQuery } from "../../app/queries";
import { type Columns, DataTable } from "../../shared/data-table";
import { FormModal } from "../../shared/form-modal";
import { ScreenLink } from "../../shared/links";
import { identityPath } from "./owners";

interface Side {
  kind: "users" | "groups";
  one: string;
}

async function present(iam: IAMClient, side: Side): Promise<{ name: string }[]> {
  if (side.kind === "groups") {
    const found = await gather(
      (Marker) => iam.send(new ListGroupsForUserCommand({ UserName: side.one, Marker })),
      (page) => ({ items: page.Groups, token: page.Marker }),
    );
    return found.map((group) => ({ name: group.GroupName ?? "" }));
  }
  const found = await gather(
    (Marker) => iam.send(new GetGroupCommand({ GroupName: side.one, Marker })),
    (page) => ({ items: page.Users, token: page.Marker }),
  );
  return found.map((user) => ({ name: user.UserName ?? "" }));
}

async function everything(iam: IAMClient, kind: Side["kind"]): Promise<string[]> {
  if (kind === "groups") {
    const found = await gather(
      (Marker) => iam.send(new ListGroupsCommand({ Marker })),
      (page) => ({ items: page.Groups, token: page.Marker }),
    );
    return found.map((group) => group.GroupName ?? "");
  }
  const found = await gather(
    (Marker) => iam.send(new ListUsersCommand({ Marker })),
    (page) => ({ items: page.Users, token: page.Marker }),
  );
  return found.map((user) => user.UserName ?? "");
}

/** `kind` is what the rows are; `one` is the user or group that they belong to. */
export function MembershipPanel({ kind, one }: Side) {
  const { iam } = useClients();
  const { succeed, fail } = useNotices();
  const [adding, setAdding] = useState(false);
  const { data, error, loading, reload } = useQuery(() => present(iam, { kind, one }), [iam, kind, one]);
  const pair = (name: string) => (kind === "groups" ? { UserName: one, GroupName: name } : { UserName: name, GroupName: one });
  const leave = async (names: string[]) => {
    try {
      for (const name of names) await iam.send(new RemoveUserFromGroupCommand(pair(name)));
      succeed("The membership was ended.");
    } catch (failure) {
      fail(failure);
    }
    reload();
  };
  const columns: Columns<{ name: string }> = [
    { id: "name", header: kind === "groups" ? "Group name" : "User name", cell: ({ name }) => <ScreenLink to={identityPath(kind, name)}>{name}</ScreenLink>, sortingField: "name", isRowHeader: true },
  ];
  return (
    <>
      <DataTable
        title={kind === "groups" ? "Groups" : "Users"}
        noun={kind}
        columns={columns}
        rows={data}
        loading={loading}
        error={error}
        reload={reload}
        trackBy="name"
        rowName={({ name }) => name}
        sortedBy="name"
        selection="multi"
        empty={kind === "groups" ? "In no group" : "No users"}
        actions={(selected) => (
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={selected.length === 0} onClick={() => void leave(selected.map(({ name }) => name))}>
              Remove
            </Button>
            <Button onClick={() => setAdding(true)}>{kind === "groups" ? "Add to groups" : "Add users"}</Button>
          </SpaceBetween>
        )}
      />
      {adding ? (
        <AddModal
          kind={kind}
          present={(data ?? []).map(({ name }) => name)}
          onClose={() => setAdding(false)}
          onAdd={async (names) => {
            for (const name of names) await iam.send(new AddUserToGroupCommand(pair(name)));
            setAdding(false);
            succeed("The membership was added.");
            reload();
          }}
        />
      ) : null}
    </>
  );
}

function AddModal({ kind, present: there, onClose, onAdd }: { kind: Side["kind"]; present: string[]; onClose: () => void; onAdd: (names: string[]) => Promise<void> }) {
  const { iam } = useClients();
  const [chosen, setChosen] = useState<MultiselectProps.Options>([]);
  const { data = [], loading } = useQuery(() => everything(iam, kind), [iam, kind]);
  const options = data.filter((name) => !there.includes(name)).map((name) => ({ value: name, label: name }));
  const label = kind === "groups" ? "Groups" : "Users";
  return (
    <FormModal title={kind === "groups" ? "Add to groups" : "Add users"} action="Add" disabled={chosen.length === 0} onClose={onClose} onSubmit={() => onAdd(chosen.map((option) => option.value ?? ""))}>
      <FormField label={label}>
        <Multiselect selectedOptions={chosen} onChange={(event) => setChosen(event.detail.selectedOptions)} options={options} filteringType="auto" statusType={loading ? "loading" : "finished"} placeholder={`Choose ${kind}`} deselectAriaLabel={(option) => `Remove ${option.label ?? ""}`} expandToViewport />
      </FormField>
    </FormModal>
  );
}
