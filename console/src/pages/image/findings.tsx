/** What a scan found in an image. */
import { DescribeImageScanFindingsCommand, StartImageScanCommand } from "@aws-sdk/client-ecr";
import Alert from "@cloudscape-design/components/alert";
import BarChart from "@cloudscape-design/components/bar-chart";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useEffect, useState } from "react";

import { useClients } from "../../app/clients";
import { isNamed } from "../../app/errors";
import { useNotices } from "../../app/notices";
import { Problem } from "../../app/problem";
import { gather, useQuery } from "../../app/queries";
import { download, toCsv } from "../../shared/csv";
import { type Columns, DataTable } from "../../shared/data-table";
import { moment } from "../../shared/format";
import { gravity, SEVERITIES, SeverityBadge } from "../../shared/severity";
import { ScanState } from "../repository/images";
import { type Finding, readEnhanced, readFinding } from "./finding";

const ASK_AGAIN_MS = 2000;

const COLUMNS: Columns<Finding> = [
  { id: "name", header: "Name", cell: (one) => (one.link ? <Link href={one.link} external externalIconAriaLabel="opens in a new tab">{one.name}</Link> : one.name), sortingField: "name", isRowHeader: true, minWidth: 180 },
  { id: "severity", header: "Severity", cell: (one) => <SeverityBadge severity={one.severity} />, sortingField: "gravity", minWidth: 120 },
  { id: "package", header: "Package", cell: (one) => one.package, sortingField: "package", minWidth: 120 },
  { id: "version", header: "Installed version", cell: (one) => one.version || "–", sortingField: "version", minWidth: 120 },
  { id: "fixed", header: "Fixed in", cell: (one) => one.fixed || "No fix yet", sortingField: "fixed", minWidth: 120 },
  { id: "score", header: "CVSS score", cell: (one) => one.score || "–", sortingField: "score", minWidth: 110 },
  { id: "description", header: "Description", cell: (one) => one.description || "–", minWidth: 260 },
];

interface Answer {
  status: string;
  reason: string;
  completed: Date | undefined;
  sourceUpdated: Date | undefined;
  findings: Finding[];
}

function useFindings(name: string, digest: string) {
  const { ecr } = useClients();
  return useQuery<Answer | null>(async () => {
    let first: Answer | undefined;
    try {
      const findings = await gather(
        (nextToken) => ecr.send(new DescribeImageScanFindingsCommand({ repositoryName: name, imageId: { imageDigest: digest }, nextToken, maxResults: 1000 })),
        (page) => {
          const found = page.imageScanFindings;
          first ??= {
            status: page.imageScanStatus?.status ?? "",
            reason: page.imageScanStatus?.description ?? "",
            completed: found?.imageScanCompletedAt,
            sourceUpdated: found?.vulnerabilitySourceUpdatedAt,
            findings: [],
          };
          return { items: [...(found?.findings ?? []).map(readFinding), ...(found?.enhancedFindings ?? []).map(readEnhanced)], token: page.nextToken };
        },
      );
      return first ? { ...first, findings: findings.map((one, index) => ({ ...one, id: String(index) })) } : null;
    } catch (failure) {
      if (isNamed(failure, "ScanNotFoundException")) return null;
      throw failure;
    }
  }, [ecr, name, digest]);
}

export function Findings({ name, digest }: { name: string; digest: string }) {
  const { ecr } = useClients();
  const { succeed, fail } = useNotices();
  const { data, error, reload } = useFindings(name, digest);
  const [busy, setBusy] = useState(false);
  const [severity, setSeverity] = useState("");
  const running = data?.status === "IN_PROGRESS" || data?.status === "PENDING";
  useEffect(() => {
    if (!running) return undefined;
    const timer = setTimeout(reload, ASK_AGAIN_MS);
    return () => clearTimeout(timer);
  }, [running, data, reload]);
  if (error) return <Problem error={error} retry={reload} />;
  if (data === undefined) return <StatusIndicator type="loading">Loading the findings</StatusIndicator>;

  const scan = async () => {
    setBusy(true);
    try {
      await ecr.send(new StartImageScanCommand({ repositoryName: name, imageId: { imageDigest: digest } }));
      succeed("A scan was started.");
    } catch (failure) {
      fail(failure);
    }
    setBusy(false);
    reload();
  };
  const button = (
    <Button loading={busy} disabled={running} onClick={() => void scan()}>
      Scan now
    </Button>
  );
  if (data === null)
    return (
      <Alert type="info" header="Not scanned yet" action={button}>
        A scan looks into the image for packages with known vulnerabilities.
      </Alert>
    );
  const shown = data.findings.filter((one) => !severity || one.severity === severity);
  const save = () => {
    const rows = shown.map((one) => [one.name, one.severity, one.package, one.version, one.fixed, one.score, one.link, one.description]);
    download(`findings-${digest.slice(7, 19)}.csv`, "text/csv;charset=utf-8", toCsv(["Name", "Severity", "Package", "Installed version", "Fixed in", "CVSS score", "URI", "Description"], rows));
  };
  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header variant="h2" actions={button} description={[data.completed && `Scanned ${moment(data.completed)}`, data.sourceUpdated && `advisories of ${moment(data.sourceUpdated)}`].filter(Boolean).join("; ")}>
            Scan
          </Header>
        }
      >
        <SpaceBetween size="s">
          <div aria-live="polite">
            <ScanState status={data.status} /> {data.status === "COMPLETE" || data.status === "ACTIVE" ? null : data.reason}
          </div>
          {data.findings.length > 0 ? <SeverityChart findings={data.findings} /> : null}
        </SpaceBetween>
      </Container>
      <DataTable
        title="Findings"
        noun="findings"
        columns={COLUMNS}
        rows={shown}
        reload={reload}
        trackBy="id"
        filterBy={["name", "severity", "package", "version", "fixed", "description"]}
        rowName={(one) => one.name}
        sortedBy="gravity"
        empty={running ? "The scan is running." : data.status === "COMPLETE" || data.status === "ACTIVE" ? "No known vulnerabilities were found." : "There are no findings to show."}
        controls={<SeverityFilter value={severity} onChange={setSeverity} />}
        actions={() => (
          <Button iconName="download" disabled={shown.length === 0} onClick={save}>
            Export CSV
          </Button>
        )}
      />
    </SpaceBetween>
  );
}

function SeverityFilter({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const options = [{ value: "", label: "Any severity" }, ...SEVERITIES.map((one) => ({ value: one as string, label: one.charAt(0) + one.slice(1).toLowerCase() }))];
  return <Select ariaLabel="Severity" options={options} selectedOption={options.find((one) => one.value === value) ?? null} onChange={(event) => onChange(event.detail.selectedOption.value ?? "")} />;
}

const COLOURS = ["#870303", "#ba2e0f", "#cc5f21", "#b2911c", "#8d9096", "#5f6b7a", "#414d5c"];

function SeverityChart({ findings }: { findings: Finding[] }) {
  const counts = SEVERITIES.map((severity) => findings.filter((one) => one.gravity === gravity(severity)).length);
  const present = SEVERITIES.filter((_, index) => (counts[index] ?? 0) > 0);
  const title = (severity: string) => severity.charAt(0) + severity.slice(1).toLowerCase();
  return (
    <BarChart
      ariaLabel="Findings by severity"
      height={60 + 36 * present.length}
      horizontalBars
      stackedBars
      hideFilter
      hideLegend
      xDomain={present.map(title)}
      yDomain={[0, Math.max(...counts)]}
      yTickFormatter={(value) => (Number.isInteger(value) ? String(value) : "")}
      series={present.map((severity) => ({
        type: "bar",
        title: title(severity),
        color: COLOURS[gravity(severity)] ?? "#414d5c",
        data: [{ x: title(severity), y: counts[gravity(severity)] ?? 0 }],
      }))}
      i18nStrings={{ chartAriaRoleDescription: "bar chart", xAxisAriaRoleDescription: "x axis", yAxisAriaRoleDescription: "y axis", legendAriaLabel: "Severities", detailPopoverDismissAriaLabel: "Close" }}
    />
  );
}
