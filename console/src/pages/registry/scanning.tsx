/** How the registry's images are scanned. */
import { GetRegistryScanningConfigurationCommand, PutRegistryScanningConfigurationCommand, type RegistryScanningConfiguration, type RegistryScanningRule, type ScanFrequency } from "@aws-sdk/client-ecr";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";

import { useClients } from "../../app/clients";
import { useNotices } from "../../app/notices";
import { Problem } from "../../app/problem";
import { useQuery } from "../../app/queries";

type ScanType = "BASIC" | "ENHANCED";

const filtersOf = (configuration: RegistryScanningConfiguration, frequency: ScanFrequency) =>
  (configuration.rules ?? [])
    .filter((rule) => rule.scanFrequency === frequency)
    .flatMap((rule) => rule.repositoryFilters ?? [])
    .map((one) => one.filter ?? "")
    .join("\n");

function ruleOf(scanFrequency: ScanFrequency, text: string): RegistryScanningRule[] {
  const filters = text.split(/\s+/).filter(Boolean);
  if (filters.length === 0) return [];
  return [{ scanFrequency, repositoryFilters: filters.map((filter) => ({ filter, filterType: "WILDCARD" as const })) }];
}

export default function ScanningPage() {
  const { ecr } = useClients();
  const { data, error, reload } = useQuery(async () => (await ecr.send(new GetRegistryScanningConfigurationCommand({}))).scanningConfiguration ?? {}, [ecr]);
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description="Which images are searched for known vulnerabilities, and when.">
        Scanning
      </Header>
      {error ? <Problem error={error} retry={reload} /> : null}
      {!data && !error ? <StatusIndicator type="loading">Loading the configuration</StatusIndicator> : null}
      {data ? <ScanningForm key={JSON.stringify(data)} configuration={data} onSaved={reload} /> : null}
    </SpaceBetween>
  );
}

function ScanningForm({ configuration, onSaved }: { configuration: RegistryScanningConfiguration; onSaved: () => void }) {
  const { ecr } = useClients();
  const { succeed, fail } = useNotices();
  const [scanType, setScanType] = useState<ScanType>(configuration.scanType ?? "BASIC");
  const [onPush, setOnPush] = useState(filtersOf(configuration, "SCAN_ON_PUSH"));
  const [always, setAlways] = useState(filtersOf(configuration, "CONTINUOUS_SCAN"));
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    try {
      const rules = [...ruleOf("SCAN_ON_PUSH", onPush), ...(scanType === "ENHANCED" ? ruleOf("CONTINUOUS_SCAN", always) : [])];
      await ecr.send(new PutRegistryScanningConfigurationCommand({ scanType, rules }));
      succeed("The scanning configuration was saved.");
      onSaved();
    } catch (failure) {
      fail(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Container
      footer={
        <Box float="right">
          <Button variant="primary" loading={busy} onClick={() => void save()}>
            Save
          </Button>
        </Box>
      }
    >
      <SpaceBetween size="l">
        <FormField label="Scan type">
          <RadioGroup
            value={scanType}
            onChange={(event) => setScanType(event.detail.value as ScanType)}
            items={[
              { value: "BASIC", label: "Basic", description: "Packages of operating systems, on push or when asked for." },
              { value: "ENHANCED", label: "Enhanced", description: "Also packages of programming languages; continuously, as new vulnerabilities become known." },
            ]}
          />
        </FormField>
        <FormField label="Scan on push" description="Repositories whose images are scanned when they are pushed. One filter a line; * stands for any characters.">
          <Textarea value={onPush} onChange={(event) => setOnPush(event.detail.value)} rows={4} placeholder="*" spellcheck={false} />
        </FormField>
        {scanType === "ENHANCED" ? (
          <FormField label="Continuous scanning" description="Repositories whose images are scanned again whenever something new is known. It goes before scanning on push.">
            <Textarea value={always} onChange={(event) => setAlways(event.detail.value)} rows={4} placeholder="prod/*" spellcheck={false} />
          </FormField>
        ) : null}
      </SpaceBetween>
    </Container>
  );
}
