/** The policy simulator: what a user, group or role would be allowed, and which policy says so. */
import { type EvaluationResult, type IAMClient, ListGroupsCommand, ListRolesCommand, ListUsersCommand, SimulatePrincipalPolicyCommand } from "@aws-sdk/client-iam";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";

import { useClients } from "../../app/clients";
import { Problem } from "../../app/problem";
import { gather, useQuery } from "../../app/queries";
import { type Columns, DataTable } from "../../shared/data-table";

const ACTIONS = "ecr:GetAuthorizationToken\necr:BatchGetImage\necr:PutImage\necr:BatchDeleteImage\necr:CreateRepository\necr:DeleteRepository";
const SAID = {
  allowed: { type: "success", text: "Allowed" },
  explicitDeny: { type: "error", text: "Denied by a statement" },
  implicitDeny: { type: "stopped", text: "Not allowed by any statement" },
} as const;

const COLUMNS: Columns<EvaluationResult> = [
  { id: "action", header: "Action", cell: (one) => one.EvalActionName, sortingField: "EvalActionName", isRowHeader: true },
  { id: "resource", header: "Resource", cell: (one) => one.EvalResourceName },
  {
    id: "decision",
    header: "Decision",
    sortingField: "EvalDecision",
    cell: (one) => {
      const said = SAID[one.EvalDecision as keyof typeof SAID] ?? SAID.implicitDeny;
      return <StatusIndicator type={said.type}>{said.text}</StatusIndicator>;
    },
  },
  { id: "by", header: "By", cell: (one) => one.MatchedStatements?.map((statement) => statement.SourcePolicyId).join(", ") || "–" },
];

async function everybody(iam: IAMClient) {
  const users = await gather(
    (Marker) => iam.send(new ListUsersCommand({ Marker })),
    (page) => ({ items: page.Users, token: page.Marker }),
  );
  const groups = await gather(
    (Marker) => iam.send(new ListGroupsCommand({ Marker })),
    (page) => ({ items: page.Groups, token: page.Marker }),
  );
  const roles = await gather(
    (Marker) => iam.send(new ListRolesCommand({ Marker })),
    (page) => ({ items: page.Roles, token: page.Marker }),
  );
  return [...users, ...groups, ...roles].map(({ Arn = "" }) => ({ value: Arn, label: Arn.split(":").at(-1) ?? Arn }));
}

export default function SimulatorPage() {
  const { iam } = useClients();
  const [who, setWho] = useState<{ value?: string; label?: string } | null>(null);
  const [actions, setActions] = useState(ACTIONS);
  const [resource, setResource] = useState("*");
  const [results, setResults] = useState<EvaluationResult[]>();
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const principals = useQuery(() => everybody(iam), [iam]);
  const simulate = async () => {
    setBusy(true);
    setError(undefined);
    try {
      const asked = { PolicySourceArn: who?.value, ActionNames: actions.split(/\s+/).filter(Boolean), ResourceArns: [resource || "*"] };
      setResults(
        await gather(
          (Marker) => iam.send(new SimulatePrincipalPolicyCommand({ ...asked, Marker })),
          (page) => ({ items: page.EvaluationResults, token: page.Marker }),
        ),
      );
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description="What the policies of an identity decide, without doing anything.">
        Policy simulator
      </Header>
      <Container header={<Header variant="h2">Question</Header>}>
        <SpaceBetween size="l">
          {principals.error ? <Problem error={principals.error} retry={principals.reload} /> : null}
          <FormField label="User, group or role">
            <Select selectedOption={who} onChange={(event) => setWho(event.detail.selectedOption)} options={principals.data ?? []} filteringType="auto" placeholder="Choose an identity" empty="No identities" statusType={principals.loading ? "loading" : "finished"} />
          </FormField>
          <FormField label="Actions" description="One a line, as ecr:PutImage">
            <Textarea value={actions} onChange={(event) => setActions(event.detail.value)} rows={6} spellcheck={false} />
          </FormField>
          <FormField label="Resource" description="An ARN, or * for any">
            <Input value={resource} onChange={(event) => setResource(event.detail.value)} spellcheck={false} />
          </FormField>
          <Button variant="primary" loading={busy} disabled={!who || !actions.trim()} onClick={() => void simulate()}>
            Simulate
          </Button>
        </SpaceBetween>
      </Container>
      {error ? <Problem error={error} /> : null}
      {results ? <DataTable title="Decisions" noun="decisions" columns={COLUMNS} rows={results} trackBy="EvalActionName" rowName={(one) => one.EvalActionName ?? ""} sortedBy="EvalActionName" empty="No decisions" /> : null}
    </SpaceBetween>
  );
}
