/** Who can do something with the repository: asked of IAM's simulation, for every user and role. */
import { type IAMClient, ListRolesCommand, ListUsersCommand, SimulatePrincipalPolicyCommand } from "@aws-sdk/client-iam";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useState } from "react";

import { useClients } from "../../app/clients";
import { explain } from "../../app/errors";
import { Problem } from "../../app/problem";
import { gather } from "../../app/queries";
import { type Columns, DataTable } from "../../shared/data-table";
import { askEach } from "../../shared/tasks";

const QUESTIONS = [
  { value: "ecr:BatchGetImage", label: "pull images", description: "ecr:BatchGetImage" },
  { value: "ecr:PutImage", label: "push images", description: "ecr:PutImage" },
  { value: "ecr:BatchDeleteImage", label: "delete images", description: "ecr:BatchDeleteImage" },
  { value: "ecr:DescribeImages", label: "list and describe images", description: "ecr:DescribeImages" },
  { value: "ecr:SetRepositoryPolicy", label: "change this policy", description: "ecr:SetRepositoryPolicy" },
  { value: "ecr:DeleteRepository", label: "delete the repository", description: "ecr:DeleteRepository" },
];
const PRINCIPALS_MAX = 500;

interface Row {
  arn: string;
  kind: string;
  name: string;
  decision: string;
  because: string;
}

const COLUMNS: Columns<Row> = [
  { id: "name", header: "Name", cell: (one) => one.name, sortingField: "name", isRowHeader: true },
  { id: "kind", header: "Kind", cell: (one) => one.kind, sortingField: "kind" },
  { id: "decision", header: "Answer", cell: (one) => <Answer decision={one.decision} />, sortingField: "decision" },
  { id: "because", header: "By", cell: (one) => one.because || "–", sortingField: "because" },
];

function Answer({ decision }: { decision: string }) {
  if (decision === "allowed") return <StatusIndicator>Yes</StatusIndicator>;
  if (decision === "explicitDeny") return <StatusIndicator type="error">No, denied</StatusIndicator>;
  if (decision === "implicitDeny") return <StatusIndicator type="stopped">No, nothing allows it</StatusIndicator>;
  return <StatusIndicator type="warning">Not known</StatusIndicator>;
}

async function principals(iam: IAMClient) {
  const users = await gather(
    (Marker) => iam.send(new ListUsersCommand({ Marker, MaxItems: 1000 })),
    (page) => ({ items: page.Users, token: page.Marker }),
    PRINCIPALS_MAX,
  );
  const roles = await gather(
    (Marker) => iam.send(new ListRolesCommand({ Marker, MaxItems: 1000 })),
    (page) => ({ items: page.Roles, token: page.Marker }),
    PRINCIPALS_MAX,
  );
  return [
    ...users.map((one) => ({ arn: one.Arn ?? "", name: one.UserName ?? "", kind: "User" })),
    ...roles.map((one) => ({ arn: one.Arn ?? "", name: one.RoleName ?? "", kind: "Role" })),
  ].slice(0, PRINCIPALS_MAX);
}

export function WhoCan({ arn, policy }: { arn: string; policy: string }) {
  const { iam } = useClients();
  const [action, setAction] = useState("ecr:BatchGetImage");
  const [rows, setRows] = useState<Row[]>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();

  const simulate = async ({ arn: source, ...principal }: { arn: string; name: string; kind: string }): Promise<Row> => {
    try {
      const answer = await iam.send(
        new SimulatePrincipalPolicyCommand({
          PolicySourceArn: source,
          ActionNames: [action],
          ResourceArns: [arn],
          ...(policy ? { ResourcePolicy: policy, CallerArn: source } : {}),
        }),
      );
      const result = answer.EvaluationResults?.[0];
      const because = [...new Set(result?.MatchedStatements?.map((one) => (/^resource/i.test(one.SourcePolicyType ?? "") ? "this repository's policy" : (one.SourcePolicyId ?? ""))))];
      return { ...principal, arn: source, decision: result?.EvalDecision ?? "", because: because.join(", ") };
    } catch (failure) {
      return { ...principal, arn: source, decision: "", because: explain(failure).message };
    }
  };
  const ask = async () => {
    setBusy(true);
    setError(undefined);
    setRows(undefined);
    try {
      setRows(await askEach(await principals(iam), simulate));
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };
  return (
    <Container header={<Header variant="h2" description="Asks IAM's policy simulation for the users and roles of this account. The account's root user can always.">Who can…</Header>}>
      <SpaceBetween size="m">
        <SpaceBetween direction="horizontal" size="xs" alignItems="end">
          <FormField label="Who can">
            <Select
              selectedOption={QUESTIONS.find((one) => one.value === action) ?? null}
              options={QUESTIONS}
              onChange={(event) => {
                setAction(event.detail.selectedOption.value ?? action);
                setRows(undefined);
              }}
            />
          </FormField>
          <Button loading={busy} onClick={() => void ask()}>
            Ask
          </Button>
        </SpaceBetween>
        {error ? <Problem error={error} /> : null}
        {rows?.length === 0 ? <Box>This account has no users and no roles: only its root user can.</Box> : null}
        {rows && rows.length > 0 ? (
          <DataTable title="Answers" noun="principals" headingLevel="h3" columns={COLUMNS} rows={rows} trackBy="arn" rowName={(one) => one.name} sortedBy="decision" empty="" pageSize={10} />
        ) : null}
      </SpaceBetween>
    </Container>
  );
}
