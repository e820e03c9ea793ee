/** What an image runs as: entrypoint, environment, labels and the rest of its configuration. */
import Alert from "@cloudscape-design/components/alert";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";

import { Problem } from "../../app/problem";
import type { Query } from "../../app/queries";
import { type Columns, DataTable } from "../../shared/data-table";
import { JsonText } from "../../shared/json-editor";
import type { Config } from "./documents";

interface Pair {
  name: string;
  value: string;
}

const COLUMNS: Columns<Pair> = [
  { id: "name", header: "Name", cell: (one) => <span style={{ overflowWrap: "anywhere" }}>{one.name}</span>, sortingField: "name", isRowHeader: true },
  { id: "value", header: "Value", cell: (one) => <span style={{ overflowWrap: "anywhere" }}>{one.value}</span>, sortingField: "value" },
];

export function Configuration({ query }: { query: Query<Config | null> }) {
  if (query.error) return <Problem error={query.error} retry={query.reload} />;
  if (query.data === undefined) return <StatusIndicator type="loading">Loading the configuration</StatusIndicator>;
  const config = query.data;
  if (config === null) return <Alert type="info">This artifact is no image that runs: it has no configuration to show.</Alert>;
  const shown = (parts: string[]) => (parts.length > 0 ? <code style={{ overflowWrap: "anywhere" }}>{JSON.stringify(parts)}</code> : "–");
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">What it runs</Header>}>
        <KeyValuePairs
          columns={3}
          items={[
            { label: "Entrypoint", value: shown(config.entrypoint) },
            { label: "Command", value: shown(config.command) },
            { label: "Working directory", value: config.workingDir || "–" },
            { label: "User", value: config.user || "–" },
            { label: "Ports", value: config.ports.join(", ") || "–" },
            { label: "Volumes", value: config.volumes.join(", ") || "–" },
            { label: "Platform", value: config.platform || "–" },
            { label: "Built at", value: config.created || "–" },
            { label: "Author", value: config.author || "–" },
          ]}
        />
      </Container>
      <Pairs title="Environment" noun="variables" pairs={config.environment} />
      <Pairs title="Labels" noun="labels" pairs={config.labels} />
      <ExpandableSection variant="container" headerText="Configuration JSON">
        <JsonText label="Configuration JSON" text={config.text} />
      </ExpandableSection>
    </SpaceBetween>
  );
}

function Pairs({ title, noun, pairs }: { title: string; noun: string; pairs: [string, string][] }) {
  const rows = pairs.map(([name, value]) => ({ name, value }));
  return <DataTable title={title} noun={noun} columns={COLUMNS} rows={rows} trackBy="name" rowName={(one) => one.name} sortedBy="name" empty={`It has no ${noun}.`} />;
}
