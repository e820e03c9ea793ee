/** Testing lifecycle rules: what they would do to which images, before they are saved. */
import { type ECRClient, GetLifecyclePolicyPreviewCommand, type LifecyclePolicyPreviewResult, StartLifecyclePolicyPreviewCommand } from "@aws-sdk/client-ecr";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useEffect, useRef, useState } from "react";

import { useClients } from "../../app/clients";
import { Problem } from "../../app/problem";
import { gather } from "../../app/queries";
import { Copyable } from "../../shared/copy";
import { type Columns, DataTable } from "../../shared/data-table";
import { moment, shortDigest } from "../../shared/format";
import { imagePath, ScreenLink } from "../../shared/links";
import { describeAction } from "./lifecycle-rules";

const ASK_EVERY_MS = 1000;
const ASK_TIMES_MAX = 300;

interface Row {
  id: string;
  repository: string;
  digest: string;
  tags: string;
  pushed: Date | undefined;
  action: string;
  rule: number;
}

const COLUMNS: Columns<Row> = [
  { id: "tags", header: "Image tags", cell: (one) => <ScreenLink to={imagePath(one.repository, one.digest)}>{one.tags || "<untagged>"}</ScreenLink>, sortingField: "tags", isRowHeader: true },
  { id: "digest", header: "Digest", cell: (one) => <Copyable text={one.digest} shown={shortDigest(one.digest)} name="digest" />, sortingField: "digest", minWidth: 240 },
  { id: "pushed", header: "Pushed at", cell: (one) => moment(one.pushed), sortingField: "pushed" },
  { id: "action", header: "Action", cell: (one) => one.action, sortingField: "action" },
  { id: "rule", header: "By rule", cell: (one) => one.rule, sortingField: "rule" },
];

function flatten(repository: string) {
  return (one: LifecyclePolicyPreviewResult, index: number): Row => ({
    id: String(index),
    repository,
    digest: one.imageDigest ?? "",
    tags: (one.imageTags ?? []).join(", "),
    pushed: one.imagePushedAt,
    action: describeAction((one.action?.type ?? "").toLowerCase()),
    rule: one.appliedRulePriority ?? 0,
  });
}

async function test(ecr: ECRClient, repositoryName: string, lifecyclePolicyText: string, goesOn: () => boolean): Promise<Row[]> {
  await ecr.send(new StartLifecyclePolicyPreviewCommand({ repositoryName, lifecyclePolicyText }));
  for (let times = 0; times < ASK_TIMES_MAX && goesOn(); times += 1) {
    const { status, $metadata } = await ecr.send(new GetLifecyclePolicyPreviewCommand({ repositoryName, maxResults: 1 }));
    if (status === "FAILED" || status === "EXPIRED") throw Object.assign(new Error("The test did not come to an end. Try again."), { name: "TestFailed", $metadata });
    if (status === "COMPLETE") {
      const results = await gather(
        (nextToken) => ecr.send(new GetLifecyclePolicyPreviewCommand({ repositoryName, nextToken, maxResults: 100 })),
        (page) => ({ items: page.previewResults, token: page.nextToken }),
      );
      return results.map(flatten(repositoryName));
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
  throw Object.assign(new Error("The test takes very long. Look again later."), { name: "StillRunning" });
}

export function LifecyclePreview({ name, text, disabled }: { name: string; text: string; disabled: boolean }) {
  const { ecr } = useClients();
  const [tested, setTested] = useState<{ text: string; rows: Row[] }>();
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const present = useRef(true);
  useEffect(() => {
    present.current = true;
    return () => {
      present.current = false;
    };
  }, []);
  const run = async () => {
    setBusy(true);
    setError(undefined);
    setTested(undefined);
    try {
      const rows = await test(ecr, name, text, () => present.current);
      setTested({ text, rows });
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Says what the rules above would do now, and does nothing."
          actions={
            <Button loading={busy} disabled={disabled} onClick={() => void run()}>
              Test the rules
            </Button>
          }
        >
          Test
        </Header>
      }
    >
      <SpaceBetween size="m">
        <div aria-live="polite">
          {busy ? <StatusIndicator type="in-progress">Testing the rules</StatusIndicator> : null}
          {tested ? <StatusIndicator>{tested.rows.length === 1 ? "One image would be touched." : `${tested.rows.length} images would be touched.`}</StatusIndicator> : null}
          {!busy && !tested && !error ? <Box color="text-body-secondary">Not tested yet.</Box> : null}
        </div>
        {tested && tested.text !== text ? <StatusIndicator type="warning">The rules were changed since the test.</StatusIndicator> : null}
        {error ? <Problem error={error} /> : null}
        {tested && tested.rows.length > 0 ? (
          <DataTable
            title="Test results"
            noun="images"
            headingLevel="h3"
            columns={COLUMNS}
            rows={tested.rows}
            trackBy="id"
            filterBy={["tags", "digest", "action"]}
            rowName={(one) => one.tags || one.digest}
            sortedBy="rule"
            empty=""
            pageSize={10}
          />
        ) : null}
      </SpaceBetween>
    </Container>
  );
}
