/** What the lifecycle policy did: each image that went, when, and by which rule. */
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect, useState } from "react";

import { Problem } from "../../app/problem";
import { useQuery } from "../../app/queries";
import { Copyable } from "../../shared/copy";
import { type Columns, DataTable } from "../../shared/data-table";
import { moment, shortDigest } from "../../shared/format";
import { type EventRow, lookUp, useTrail } from "../activity/lookup";

const EVENT = "PolicyExecutionEvent";

interface Row {
  id: string;
  time: Date | undefined;
  tags: string;
  digest: string;
  action: string;
  rule: string;
}

interface Details {
  repositoryName?: string;
  lifecycleEventPolicy?: { lifecycleEventRules?: { rulePriority: number; description?: string; action?: string }[] };
  lifecycleEventImageActions?: { lifecycleEventImage: { digest: string; tagList?: string[] }; rulePriority: number }[];
}

const COLUMNS: Columns<Row> = [
  { id: "time", header: "Time", cell: (one) => moment(one.time), sortingField: "time", minWidth: 170 },
  { id: "tags", header: "Image tags", cell: (one) => one.tags || "<untagged>", sortingField: "tags", isRowHeader: true, minWidth: 120 },
  { id: "digest", header: "Digest", cell: (one) => <Copyable text={one.digest} shown={shortDigest(one.digest)} name="digest" />, sortingField: "digest", minWidth: 240 },
  { id: "action", header: "What was done", cell: (one) => one.action, sortingField: "action" },
  { id: "rule", header: "By rule", cell: (one) => one.rule, sortingField: "rule", minWidth: 160 },
];

function imagesOf(event: EventRow, repository: string): Row[] {
  const details = (event.record.serviceEventDetails ?? {}) as Details;
  if (details.repositoryName !== repository) return [];
  const rules = new Map(details.lifecycleEventPolicy?.lifecycleEventRules?.map((rule) => [rule.rulePriority, rule]));
  return (details.lifecycleEventImageActions ?? []).map(({ lifecycleEventImage: image, rulePriority }, index) => {
    const rule = rules.get(rulePriority);
    return {
      id: `${event.id}/${index}`,
      time: event.time,
      tags: (image.tagList ?? []).join(", "),
      digest: image.digest,
      action: rule?.action === "transition" ? "Archived" : "Expired",
      rule: rule?.description ? `${rulePriority}: ${rule.description}` : String(rulePriority),
    };
  });
}

export function LifecycleHistory({ name }: { name: string }) {
  const trail = useTrail();
  const [token, setToken] = useState<string>();
  const [turn, setTurn] = useState(0);
  const [rows, setRows] = useState<Row[]>();
  const { data, error, loading, reload } = useQuery(async () => {
    const page = await lookUp(trail, { attribute: { key: "EventName", value: EVENT }, start: undefined, end: undefined, refusedOnly: false }, token);
    return { rows: page.rows.flatMap((event) => imagesOf(event, name)), token: page.token, older: token !== undefined };
  }, [trail, name, token, turn]);
  useEffect(() => {
    if (data) setRows((present) => (data.older ? [...(present ?? []), ...data.rows] : data.rows));
  }, [data]);
  if (error) return <Problem error={error} retry={reload} />;
  return (
    <SpaceBetween size="s">
      <DataTable
        title="Event history"
        noun="events"
        columns={COLUMNS}
        rows={rows}
        loading={loading}
        reload={() => {
          setToken(undefined);
          setTurn(turn + 1);
        }}
        trackBy="id"
        rowName={(one) => one.tags || one.digest}
        sortedBy="time"
        descending
        filterBy={["tags", "digest", "action", "rule"]}
        empty="No image has gone by the policy yet."
      />
      {data?.token ? (
        <Box textAlign="center">
          <Button loading={loading} onClick={() => setToken(data.token)}>
            Look further back
          </Button>
        </Box>
      ) : null}
    </SpaceBetween>
  );
}
