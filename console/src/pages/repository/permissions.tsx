/** The repository's policy: shown by statements, changed as JSON or by a form, and asked. */
import { DeleteRepositoryPolicyCommand, GetRepositoryPolicyCommand } from "@aws-sdk/client-ecr";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import { type ReactNode, useState } from "react";

import { useClients } from "../../app/clients";
import { isNamed } from "../../app/errors";
import { useNotices } from "../../app/notices";
import { Problem } from "../../app/problem";
import { useQuery } from "../../app/queries";
import { Confirm } from "../../shared/confirm";
import { JsonText } from "../../shared/json-editor";
import { PolicyEditor } from "./policy-editor";
import { prettyJson } from "../../shared/json";
import { readStatements, type Statement } from "./policy-examples";
import { WhoCan } from "./who-can";

export function PermissionsTab({ name, arn }: { name: string; arn: string }) {
  const { ecr } = useClients();
  const { succeed, fail } = useNotices();
  const [editing, setEditing] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const { data: text, error, reload } = useQuery(async () => {
    try {
      return prettyJson((await ecr.send(new GetRepositoryPolicyCommand({ repositoryName: name }))).policyText ?? "");
    } catch (failure) {
      if (isNamed(failure, "RepositoryPolicyNotFoundException")) return "";
      throw failure;
    }
  }, [ecr, name]);
  if (error) return <Problem error={error} retry={reload} />;
  if (text === undefined) return <StatusIndicator type="loading">Loading the policy</StatusIndicator>;
  if (editing)
    return (
      <PolicyEditor
        name={name}
        text={text}
        onClose={() => setEditing(false)}
        onDone={() => {
          setEditing(false);
          reload();
        }}
      />
    );
  const remove = async () => {
    try {
      await ecr.send(new DeleteRepositoryPolicyCommand({ repositoryName: name }));
      succeed(`The policy of ${name} was deleted.`);
    } catch (failure) {
      fail(failure);
    }
    setDeleting(false);
    reload();
  };
  return (
    <SpaceBetween size="l">
      <Statements
        statements={readStatements(text)}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={!text} onClick={() => setDeleting(true)}>
              Delete policy
            </Button>
            <Button variant="primary" onClick={() => setEditing(true)}>
              {text ? "Edit" : "Create policy"}
            </Button>
          </SpaceBetween>
        }
      />
      {text ? (
        <ExpandableSection variant="container" headerText="Policy JSON">
          <JsonText label="Policy JSON" text={text} />
        </ExpandableSection>
      ) : null}
      <WhoCan arn={arn} policy={text} />
      {deleting ? (
        <Confirm title="Delete the policy?" action="Delete" onConfirm={remove} onClose={() => setDeleting(false)}>
          The statements of the policy of <Box variant="strong">{name}</Box> stop to apply at once. What policies of identities allow stays allowed.
        </Confirm>
      ) : null}
    </SpaceBetween>
  );
}

const COLUMNS: TableProps.ColumnDefinition<Statement>[] = [
  { id: "sid", header: "Statement ID", cell: (one) => text(one.Sid) || "–", isRowHeader: true },
  { id: "effect", header: "Effect", cell: (one) => <StatusIndicator type={one.Effect === "Allow" ? "success" : "stopped"}>{text(one.Effect)}</StatusIndicator>, minWidth: 110 },
  { id: "principals", header: "Principals", cell: (one) => (one.NotPrincipal === undefined ? <Lines of={one.Principal} /> : <Lines of={one.NotPrincipal} lead="all but" />) },
  { id: "actions", header: "Actions", cell: (one) => (one.NotAction === undefined ? <Lines of={one.Action} /> : <Lines of={one.NotAction} lead="all but" />) },
  { id: "conditions", header: "Conditions", cell: (one) => (one.Condition === undefined ? "–" : JSON.stringify(one.Condition)) },
];

function Statements({ statements, actions }: { statements: Statement[]; actions: ReactNode }) {
  return (
    <Table
      items={statements}
      columnDefinitions={COLUMNS}
      wrapLines
      ariaLabels={{ tableLabel: "Permissions" }}
      empty={
        <Box textAlign="center">
          <Box variant="strong">No policy</Box>
          <Box variant="p">Only what policies of identities in this account allow is allowed here.</Box>
        </Box>
      }
      header={
        <Header variant="h2" counter={`(${statements.length})`} description="Who else may do what with this repository." actions={actions}>
          Permissions
        </Header>
      }
    />
  );
}

function Lines({ of, lead }: { of: unknown; lead?: string }) {
  const lines = flat(of);
  return (
    <>
      {lead ? <div>{lead}</div> : null}
      {lines.map((line) => (
        <div key={line} style={{ overflowWrap: "anywhere" }}>
          {line}
        </div>
      ))}
    </>
  );
}

/** The texts in a value such as `{"AWS": ["a", "b"]}`. */
function flat(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(flat);
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap(flat);
  return value === undefined ? [] : [text(value)];
}

function text(value: unknown): string {
  return value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);
}
