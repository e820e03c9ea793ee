/** The policies that a user, group or role has. */
import { ListPoliciesCommand } from "@aws-sdk/client-iam";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Link from "@cloudscape-design/components/link";
import Multiselect, { type MultiselectProps } from "@cloudscape-design/components/multiselect";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { useClients } from "../../app/clients";
import { useNotices } from "../../app/notices";
import { gather, useQuery } from "../../app/queries";
import { Confirm } from "../../shared/confirm";
import { type Columns, DataTable } from "../../shared/data-table";
import { FormModal } from "../../shared/form-modal";
import { JsonEditor } from "../../shared/json-editor";
import { ScreenLink } from "../../shared/links";
import { jsonError } from "../../shared/json";
import { attach, listPolicies, type OwnedPolicy, type Owner, policyPath, putInline, readInline, remove, typeOf } from "./owners";

const NEW = JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: ["ecr:GetAuthorizationToken"], Resource: "*" }] }, null, 2);

type Open = { what: "attach" } | { what: "inline"; name: string; text: string } | { what: "remove"; policies: OwnedPolicy[] };

export function PoliciesPanel({ owner }: { owner: Owner }) {
  const { iam } = useClients();
  const { succeed, fail } = useNotices();
  const [open, setOpen] = useState<Open>();
  const { data, error, loading, reload } = useQuery(() => listPolicies(iam, owner), [iam, owner.kind, owner.name]);
  const done = (message: string) => {
    setOpen(undefined);
    succeed(message);
    reload();
  };
  const edit = (name: string) => readInline(iam, owner, name).then((text) => setOpen({ what: "inline", name, text }), fail);
  const columns: Columns<OwnedPolicy> = [
    {
      id: "name",
      header: "Policy name",
      sortingField: "name",
      isRowHeader: true,
      cell: (one) => (one.arn ? <ScreenLink to={policyPath(one.arn)}>{one.name}</ScreenLink> : <Link onFollow={() => void edit(one.name)}>{one.name}</Link>),
    },
    { id: "type", header: "Type", cell: (one) => one.type, sortingField: "type" },
  ];
  const removeAll = async (policies: OwnedPolicy[]) => {
    try {
      for (const policy of policies) await remove(iam, owner, policy);
      done("The policies were removed.");
    } catch (failure) {
      setOpen(undefined);
      fail(failure);
      reload();
    }
  };
  return (
    <>
      <DataTable
        title="Permissions policies"
        noun="policies"
        columns={columns}
        rows={data}
        loading={loading}
        error={error}
        reload={reload}
        trackBy="name"
        rowName={(one) => one.name}
        sortedBy="name"
        selection="multi"
        empty="No policies: nothing is allowed by this identity's own."
        actions={(selected) => (
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={selected.length === 0} onClick={() => setOpen({ what: "remove", policies: selected })}>
              Remove
            </Button>
            <Button onClick={() => setOpen({ what: "inline", name: "", text: NEW })}>Create inline policy</Button>
            <Button variant="primary" onClick={() => setOpen({ what: "attach" })}>
              Attach policies
            </Button>
          </SpaceBetween>
        )}
      />
      {open?.what === "attach" ? <AttachModal owner={owner} present={data ?? []} onClose={() => setOpen(undefined)} onDone={() => done("The policies were attached.")} /> : null}
      {open?.what === "inline" ? <InlineModal owner={owner} given={open} onClose={() => setOpen(undefined)} onDone={() => done("The inline policy was saved.")} /> : null}
      {open?.what === "remove" ? (
        <Confirm title="Remove policies?" action="Remove" onConfirm={() => removeAll(open.policies)} onClose={() => setOpen(undefined)}>
          {open.policies.map((one) => one.name).join(", ")}. Managed policies are detached; inline policies are deleted.
        </Confirm>
      ) : null}
    </>
  );
}

interface ModalProps {
  owner: Owner;
  onClose: () => void;
  onDone: () => void;
}

function AttachModal({ owner, present, onClose, onDone }: ModalProps & { present: OwnedPolicy[] }) {
  const { iam } = useClients();
  const [chosen, setChosen] = useState<MultiselectProps.Options>([]);
  const { data = [], loading } = useQuery(
    () =>
      gather(
        (Marker) => iam.send(new ListPoliciesCommand({ Marker, MaxItems: 1000 })),
        (page) => ({ items: page.Policies, token: page.Marker }),
      ),
    [iam],
  );
  const options = data.filter((one) => !present.some((other) => other.arn === one.Arn)).map((one) => ({ value: one.Arn ?? "", label: one.PolicyName ?? "", description: typeOf(one.Arn ?? "") }));
  return (
    <FormModal
      title={`Attach policies to ${owner.name}`}
      action="Attach"
      disabled={chosen.length === 0}
      onClose={onClose}
      onSubmit={async () => {
        for (const one of chosen) await attach(iam, owner, one.value ?? "");
        onDone();
      }}
    >
      <FormField label="Policies">
        <Multiselect selectedOptions={chosen} onChange={(event) => setChosen(event.detail.selectedOptions)} options={options} filteringType="auto" statusType={loading ? "loading" : "finished"} placeholder="Choose policies" deselectAriaLabel={(one) => `Remove ${one.label ?? ""}`} expandToViewport />
      </FormField>
    </FormModal>
  );
}

function InlineModal({ owner, given, onClose, onDone }: ModalProps & { given: { name: string; text: string } }) {
  const { iam } = useClients();
  const [name, setName] = useState(given.name);
  const [text, setText] = useState(given.text);
  const wrong = jsonError(text);
  return (
    <FormModal
      large
      title={given.name ? `Inline policy ${given.name}` : "Create inline policy"}
      action="Save"
      disabled={!name || Boolean(wrong)}
      onClose={onClose}
      onSubmit={async () => {
        await putInline(iam, owner, name, text);
        onDone();
      }}
    >
      <FormField label="Policy name">
        <Input value={name} disabled={Boolean(given.name)} onChange={(event) => setName(event.detail.value)} spellcheck={false} />
      </FormField>
      <JsonEditor label="Policy document" value={text} onChange={setText} error={wrong} />
    </FormModal>
  );
}
