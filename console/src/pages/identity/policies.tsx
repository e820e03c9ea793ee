/** Managed policies, the account's and those of AWS. */
import { CreatePolicyCommand, DeletePolicyCommand, DeletePolicyVersionCommand, type IAMClient, ListPoliciesCommand, ListPolicyVersionsCommand, type Policy } from "@aws-sdk/client-iam";
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
import { Confirm } from "../../shared/confirm";
import { type Columns, DataTable } from "../../shared/data-table";
import { FormModal } from "../../shared/form-modal";
import { JsonEditor } from "../../shared/json-editor";
import { ScreenLink } from "../../shared/links";
import { jsonError } from "../../shared/json";
import { PULL } from "../repository/policy-examples";
import { policyPath, typeOf } from "./owners";

const NEW = JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: ["ecr:GetAuthorizationToken", ...PULL], Resource: "*" }] }, null, 2);

const COLUMNS: Columns<Policy> = [
  { id: "name", header: "Policy name", cell: (one) => <ScreenLink to={policyPath(one.Arn ?? "")}>{one.PolicyName}</ScreenLink>, sortingField: "PolicyName", isRowHeader: true },
  { id: "type", header: "Type", cell: (one) => typeOf(one.Arn ?? ""), sortingField: "Arn" },
  { id: "used", header: "Attached to", cell: (one) => one.AttachmentCount ?? 0, sortingField: "AttachmentCount" },
  { id: "about", header: "Description", cell: (one) => one.Description || "–" },
];

async function remove(iam: IAMClient, PolicyArn: string): Promise<void> {
  for (const { VersionId, IsDefaultVersion } of (await iam.send(new ListPolicyVersionsCommand({ PolicyArn }))).Versions ?? [])
    if (!IsDefaultVersion) await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }));
  await iam.send(new DeletePolicyCommand({ PolicyArn }));
}

export default function PoliciesPage() {
  const { iam } = useClients();
  const { succeed, fail } = useNotices();
  const [creating, setCreating] = useState(false);
  const [deleting, setDeleting] = useState<Policy>();
  const { data, error, loading, reload } = useQuery(
    () =>
      gather(
        (Marker) => iam.send(new ListPoliciesCommand({ Marker, MaxItems: 1000 })),
        (page) => ({ items: page.Policies, token: page.Marker }),
      ),
    [iam],
  );
  const confirm = async () => {
    try {
      await remove(iam, deleting?.Arn ?? "");
      succeed(`The policy ${deleting?.PolicyName ?? ""} was deleted.`);
    } catch (failure) {
      fail(failure);
    }
    setDeleting(undefined);
    reload();
  };
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description="Documents that say what is allowed, to be attached to users, groups and roles.">
        Policies
      </Header>
      <DataTable
        title="Policies"
        noun="policies"
        columns={COLUMNS}
        rows={data}
        loading={loading}
        error={error}
        reload={reload}
        trackBy="Arn"
        rowName={(one) => one.PolicyName ?? ""}
        sortedBy="PolicyName"
        selection="single"
        empty="No policies"
        actions={([one]) => (
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={!one || typeOf(one.Arn ?? "") === "Managed by AWS"} onClick={() => setDeleting(one)}>
              Delete
            </Button>
            <Button variant="primary" onClick={() => setCreating(true)}>
              Create policy
            </Button>
          </SpaceBetween>
        )}
      />
      {creating ? <CreateModal onClose={() => setCreating(false)} /> : null}
      {deleting ? (
        <Confirm title={`Delete ${deleting.PolicyName ?? ""}?`} action="Delete" word="delete" onConfirm={confirm} onClose={() => setDeleting(undefined)}>
          All its versions go. A policy that is still attached is not deleted.
        </Confirm>
      ) : null}
    </SpaceBetween>
  );
}

function CreateModal({ onClose }: { onClose: () => void }) {
  const { iam } = useClients();
  const { succeed } = useNotices();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [text, setText] = useState(NEW);
  const wrong = jsonError(text);
  return (
    <FormModal
      large
      title="Create policy"
      action="Create"
      disabled={!name || Boolean(wrong)}
      onClose={onClose}
      onSubmit={async () => {
        const made = await iam.send(new CreatePolicyCommand({ PolicyName: name, Description: description || undefined, PolicyDocument: text }));
        succeed(`The policy ${name} was created.`);
        void navigate(policyPath(made.Policy?.Arn ?? ""));
      }}
    >
      <FormField label="Name" constraintText="Letters, digits and + = , . @ _ -">
        <Input value={name} onChange={(event) => setName(event.detail.value)} spellcheck={false} autoFocus />
      </FormField>
      <FormField label="Description - optional">
        <Input value={description} onChange={(event) => setDescription(event.detail.value)} />
      </FormField>
      <JsonEditor label="Policy document" value={text} onChange={setText} error={wrong} rows={14} />
    </FormModal>
  );
}
