/** The lists of users, groups and roles. */
import { CreateGroupCommand, CreateRoleCommand, CreateUserCommand, type IAMClient, ListGroupsCommand, ListRolesCommand, ListUsersCommand } from "@aws-sdk/client-iam";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useNavigate } from "react-router-dom";

import { useClients } from "../../app/clients";
import { useNotices } from "../../app/notices";
import { gather, useQuery } from "../../app/queries";
import { useSignedIn } from "../../app/session";
import { Confirm } from "../../shared/confirm";
import { Copyable } from "../../shared/copy";
import { type Columns, DataTable } from "../../shared/data-table";
import { FormModal } from "../../shared/form-modal";
import { moment } from "../../shared/format";
import { JsonEditor } from "../../shared/json-editor";
import { ScreenLink } from "../../shared/links";
import { jsonError } from "../../shared/json";
import { DELETE } from "./deleting";
import { identityPath } from "./owners";

interface Row {
  name: string;
  arn: string;
  path: string;
  created: Date | undefined;
}

type Plural = "users" | "groups" | "roles";

const KINDS: Record<Plural, { title: string; singular: string; about: string }> = {
  users: { title: "Users", singular: "user", about: "People and programs with credentials of their own." },
  groups: { title: "Groups", singular: "group", about: "What a group is allowed, all users in it are." },
  roles: { title: "Roles", singular: "role", about: "Identities without credentials of their own, which others assume for a while." },
};

async function list(iam: IAMClient, kind: Plural): Promise<Row[]> {
  if (kind === "users") {
    const found = await gather(
      (Marker) => iam.send(new ListUsersCommand({ Marker, MaxItems: 1000 })),
      (page) => ({ items: page.Users, token: page.Marker }),
    );
    return found.map((one) => ({ name: one.UserName ?? "", arn: one.Arn ?? "", path: one.Path ?? "/", created: one.CreateDate }));
  }
  if (kind === "groups") {
    const found = await gather(
      (Marker) => iam.send(new ListGroupsCommand({ Marker, MaxItems: 1000 })),
      (page) => ({ items: page.Groups, token: page.Marker }),
    );
    return found.map((one) => ({ name: one.GroupName ?? "", arn: one.Arn ?? "", path: one.Path ?? "/", created: one.CreateDate }));
  }
  const found = await gather(
    (Marker) => iam.send(new ListRolesCommand({ Marker, MaxItems: 1000 })),
    (page) => ({ items: page.Roles, token: page.Marker }),
  );
  return found.map((one) => ({ name: one.RoleName ?? "", arn: one.Arn ?? "", path: one.Path ?? "/", created: one.CreateDate }));
}

async function create(iam: IAMClient, kind: Plural, name: string, trust: string): Promise<void> {
  if (kind === "users") await iam.send(new CreateUserCommand({ UserName: name }));
  else if (kind === "groups") await iam.send(new CreateGroupCommand({ GroupName: name }));
  else await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: trust }));
}

function ListPage({ kind }: { kind: Plural }) {
  const { iam } = useClients();
  const { succeed, fail } = useNotices();
  const [creating, setCreating] = useState(false);
  const [deleting, setDeleting] = useState<string[]>([]);
  const { title, singular, about } = KINDS[kind];
  const { data, error, loading, reload } = useQuery(() => list(iam, kind), [iam, kind]);
  const columns: Columns<Row> = [
    { id: "name", header: `${singular[0]?.toUpperCase() ?? ""}${singular.slice(1)} name`, cell: (one) => <ScreenLink to={identityPath(kind, one.name)}>{one.name}</ScreenLink>, sortingField: "name", isRowHeader: true },
    { id: "arn", header: "ARN", cell: (one) => <Copyable text={one.arn} name="ARN" />, sortingField: "arn" },
    { id: "path", header: "Path", cell: (one) => one.path, sortingField: "path" },
    { id: "created", header: "Created", cell: (one) => moment(one.created), sortingField: "created" },
  ];
  const remove = async () => {
    for (const name of deleting) {
      try {
        await DELETE[kind](iam, name);
        succeed(`The ${singular} ${name} was deleted.`);
      } catch (failure) {
        fail(failure);
      }
    }
    setDeleting([]);
    reload();
  };
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description={about}>
        {title}
      </Header>
      <DataTable
        title={title}
        noun={kind}
        columns={columns}
        rows={data}
        loading={loading}
        error={error}
        reload={reload}
        trackBy="name"
        rowName={(one) => one.name}
        sortedBy="name"
        selection="multi"
        empty={`No ${kind}`}
        actions={(selected) => (
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={selected.length === 0} onClick={() => setDeleting(selected.map((one) => one.name))}>
              Delete
            </Button>
            <Button variant="primary" onClick={() => setCreating(true)}>
              Create {singular}
            </Button>
          </SpaceBetween>
        )}
      />
      {creating ? <CreateModal kind={kind} onClose={() => setCreating(false)} /> : null}
      {deleting.length > 0 ? (
        <Confirm title={`Delete ${deleting.length === 1 ? (deleting[0] ?? "") : `${deleting.length} ${kind}`}?`} action="Delete" word="delete" onConfirm={remove} onClose={() => setDeleting([])}>
          {deleting.join(", ")}: credentials, memberships and inline policies go with the {singular}.
        </Confirm>
      ) : null}
    </SpaceBetween>
  );
}

function CreateModal({ kind, onClose }: { kind: Plural; onClose: () => void }) {
  const { iam } = useClients();
  const { account } = useSignedIn();
  const { succeed } = useNotices();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [trust, setTrust] = useState(() => JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: "sts:AssumeRole" }] }, null, 2));
  const { singular } = KINDS[kind];
  const wrong = kind === "roles" ? jsonError(trust) : "";
  return (
    <FormModal
      large={kind === "roles"}
      title={`Create ${singular}`}
      action="Create"
      disabled={!name || Boolean(wrong)}
      onClose={onClose}
      onSubmit={async () => {
        await create(iam, kind, name, trust);
        succeed(`The ${singular} ${name} was created.`);
        void navigate(identityPath(kind, name));
      }}
    >
      <FormField label="Name" constraintText="Letters, digits and + = , . @ _ -">
        <Input value={name} onChange={(event) => setName(event.detail.value)} spellcheck={false} autoFocus />
      </FormField>
      {kind === "roles" ? <JsonEditor label="Trust policy" description="Who may assume the role" value={trust} onChange={setTrust} error={wrong} rows={12} /> : null}
    </FormModal>
  );
}

export const UsersPage = () => <ListPage kind="users" />;
export const GroupsPage = () => <ListPage kind="groups" />;
export const RolesPage = () => <ListPage kind="roles" />;
