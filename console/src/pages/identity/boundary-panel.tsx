/** The permissions boundary of a user or role: what its policies can allow at most. */
import { DeleteRolePermissionsBoundaryCommand, DeleteUserPermissionsBoundaryCommand, type IAMClient, ListPoliciesCommand, PutRolePermissionsBoundaryCommand, PutUserPermissionsBoundaryCommand } from "@aws-sdk/client-iam";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Select, { type SelectProps } from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { useClients } from "../../app/clients";
import { useNotices } from "../../app/notices";
import { gather, useQuery } from "../../app/queries";
import { Confirm } from "../../shared/confirm";
import { FormModal } from "../../shared/form-modal";
import { ScreenLink } from "../../shared/links";
import { policyPath, typeOf } from "./owners";

export interface Holder {
  kind: "user" | "role";
  name: string;
}

async function put(iam: IAMClient, { kind, name }: Holder, PermissionsBoundary: string): Promise<void> {
  if (kind === "user") await iam.send(new PutUserPermissionsBoundaryCommand({ UserName: name, PermissionsBoundary }));
  else await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName: name, PermissionsBoundary }));
}

async function drop(iam: IAMClient, { kind, name }: Holder): Promise<void> {
  if (kind === "user") await iam.send(new DeleteUserPermissionsBoundaryCommand({ UserName: name }));
  else await iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: name }));
}

export function BoundaryPanel({ holder, arn, onChanged }: { holder: Holder; arn: string | undefined; onChanged: () => void }) {
  const { iam } = useClients();
  const { succeed, fail } = useNotices();
  const [open, setOpen] = useState<"set" | "remove">();
  const remove = async () => {
    try {
      await drop(iam, holder);
      succeed("The permissions boundary was removed.");
    } catch (failure) {
      fail(failure);
    }
    setOpen(undefined);
    onChanged();
  };
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="A managed policy that bounds what all others can allow."
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button disabled={!arn} onClick={() => setOpen("remove")}>
                Remove boundary
              </Button>
              <Button onClick={() => setOpen("set")}>{arn ? "Change boundary" : "Set boundary"}</Button>
            </SpaceBetween>
          }
        >
          Permissions boundary
        </Header>
      }
    >
      {arn ? <ScreenLink to={policyPath(arn)}>{arn.split("/").at(-1)}</ScreenLink> : <Box color="text-body-secondary">No boundary</Box>}
      {open === "set" ? (
        <ChooseModal
          holder={holder}
          present={arn}
          onClose={() => setOpen(undefined)}
          onDone={() => {
            setOpen(undefined);
            succeed("The permissions boundary was set.");
            onChanged();
          }}
        />
      ) : null}
      {open === "remove" ? (
        <Confirm title="Remove the permissions boundary?" action="Remove" onConfirm={remove} onClose={() => setOpen(undefined)}>
          {holder.name} may then do whatever its policies allow.
        </Confirm>
      ) : null}
    </Container>
  );
}

function ChooseModal({ holder, present, onClose, onDone }: { holder: Holder; present: string | undefined; onClose: () => void; onDone: () => void }) {
  const { iam } = useClients();
  const { data, loading } = useQuery(
    () =>
      gather(
        (Marker) => iam.send(new ListPoliciesCommand({ Marker, MaxItems: 1000 })),
        (page) => ({ items: page.Policies, token: page.Marker }),
      ),
    [iam],
  );
  const options = (data ?? []).map((one) => ({ value: one.Arn ?? "", label: one.PolicyName ?? "", description: typeOf(one.Arn ?? "") }));
  const [chosen, setChosen] = useState<SelectProps.Option | null>(present ? { value: present, label: present.split("/").at(-1) ?? present } : null);
  return (
    <FormModal
      title={`Permissions boundary of ${holder.name}`}
      action="Set"
      disabled={!chosen}
      onClose={onClose}
      onSubmit={async () => {
        await put(iam, holder, chosen?.value ?? "");
        onDone();
      }}
    >
      <FormField label="Policy">
        <Select selectedOption={chosen} onChange={(event) => setChosen(event.detail.selectedOption)} options={options} filteringType="auto" statusType={loading ? "loading" : "finished"} placeholder="Choose a policy" expandToViewport />
      </FormField>
    </FormModal>
  );
}
