/** Where pushed images are copied to. */
import { DescribeRegistryCommand, PutReplicationConfigurationCommand, type ReplicationRule } from "@aws-sdk/client-ecr";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";

import { useClients } from "../../app/clients";
import { useNotices } from "../../app/notices";
import { useQuery } from "../../app/queries";
import { useSignedIn } from "../../app/session";
import { type Columns, DataTable } from "../../shared/data-table";
import { FormModal } from "../../shared/form-modal";

interface Row {
  number: number;
  destinations: string;
  filters: string;
  rule: ReplicationRule;
}

const COLUMNS: Columns<Row> = [
  { id: "number", header: "Rule", cell: (one) => one.number, sortingField: "number", isRowHeader: true },
  { id: "destinations", header: "Destinations", cell: (one) => one.destinations, sortingField: "destinations" },
  { id: "filters", header: "Repositories", cell: (one) => one.filters, sortingField: "filters" },
];

function toRow(rule: ReplicationRule, index: number): Row {
  const destinations = (rule.destinations ?? []).map((one) => `${one.registryId ?? ""} in ${one.region ?? ""}`).join(", ");
  const filters = (rule.repositoryFilters ?? []).map((one) => `${one.filter ?? ""}…`).join(", ");
  return { number: index + 1, destinations, filters: filters || "all", rule };
}

export default function ReplicationPage() {
  const { ecr } = useClients();
  const { succeed, fail } = useNotices();
  const [adding, setAdding] = useState(false);
  const { data, error, loading, reload } = useQuery(async () => ((await ecr.send(new DescribeRegistryCommand({}))).replicationConfiguration?.rules ?? []).map(toRow), [ecr]);
  const put = async (rules: ReplicationRule[]) => {
    await ecr.send(new PutReplicationConfigurationCommand({ replicationConfiguration: { rules } }));
    succeed("The replication rules were saved.");
    reload();
  };
  const rules = (data ?? []).map((row) => row.rule);
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description="Images that are pushed from now on are copied to other regions and accounts of this server.">
        Replication
      </Header>
      <DataTable
        title="Replication rules"
        noun="rules"
        columns={COLUMNS}
        rows={data}
        loading={loading}
        error={error}
        reload={reload}
        trackBy="number"
        rowName={(one) => `Rule ${one.number}`}
        sortedBy="number"
        selection="single"
        empty="No rules: nothing is copied."
        actions={([one]) => (
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={!one} onClick={() => void put(rules.filter((rule) => rule !== one?.rule)).catch(fail)}>
              Delete
            </Button>
            <Button variant="primary" disabled={!data} onClick={() => setAdding(true)}>
              Add rule
            </Button>
          </SpaceBetween>
        )}
      />
      {adding ? (
        <AddRule
          onClose={() => setAdding(false)}
          onAdd={async (rule) => {
            await put([...rules, rule]);
            setAdding(false);
          }}
        />
      ) : null}
    </SpaceBetween>
  );
}

function AddRule({ onClose, onAdd }: { onClose: () => void; onAdd: (rule: ReplicationRule) => Promise<void> }) {
  const { account } = useSignedIn();
  const [region, setRegion] = useState("");
  const [registryId, setRegistryId] = useState(account);
  const [prefixes, setPrefixes] = useState("");
  const filters = prefixes.split(/\s+/).filter(Boolean);
  return (
    <FormModal
      title="Add a replication rule"
      action="Add"
      disabled={!region || !registryId}
      onClose={onClose}
      onSubmit={() => onAdd({ destinations: [{ region, registryId }], repositoryFilters: filters.length > 0 ? filters.map((filter) => ({ filter, filterType: "PREFIX_MATCH" as const })) : undefined })}
    >
      <FormField label="Destination region">
        <Input value={region} onChange={(event) => setRegion(event.detail.value.trim())} placeholder="eu-west-1" spellcheck={false} autoFocus />
      </FormField>
      <FormField label="Destination account ID" description="Another account's registry must allow it by its policy.">
        <Input value={registryId} onChange={(event) => setRegistryId(event.detail.value.trim())} inputMode="numeric" />
      </FormField>
      <FormField label="Prefixes of repositories - optional" description="One a line; without any, all repositories are copied.">
        <Textarea value={prefixes} onChange={(event) => setPrefixes(event.detail.value)} rows={3} placeholder="prod/" spellcheck={false} />
      </FormField>
    </FormModal>
  );
}
