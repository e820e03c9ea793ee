/** Pictures of what the registry holds, and of what was pulled and pushed lately. */
import BarChart, { type BarChartProps } from "@cloudscape-design/components/bar-chart";
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import StatusIndicator from "@cloudscape-design/components/status-indicator";

import { Problem } from "../../app/problem";
import { useQuery } from "../../app/queries";
import { mebibytes } from "../../shared/format";
import { lookUp, useTrail } from "../activity/lookup";
import type { RepositoryUsage } from "./quotas";

const SHOWN = 10;
const DAYS = 7;
const DAY_MS = 86_400_000;
/** Each has fifty events. */
const PAGES_MAX = 40;

const EMPTY = <Box textAlign="center">Nothing to show</Box>;

interface Props {
  usages: RepositoryUsage[];
}

function largest(usages: RepositoryUsage[], measure: "bytes" | "images") {
  return [...usages].sort((one, other) => other[measure] - one[measure]).slice(0, SHOWN).filter((one) => one[measure] > 0);
}

export function SizesChart({ usages }: Props) {
  const total = usages.reduce((sum, one) => sum + one.bytes, 0);
  const rows = largest(usages, "bytes");
  return (
    <Container header={<Header variant="h2" description={`${mebibytes(total)} MiB in all; a layer that several images have counts for each.`}>Storage by repository</Header>}>
      <BarChart
        series={[{ title: "MiB", type: "bar", data: rows.map((one) => ({ x: one.name, y: Number(mebibytes(one.bytes)) })) }]}
        xDomain={rows.map((one) => one.name)}
        horizontalBars
        hideFilter
        hideLegend
        height={Math.max(80, rows.length * 32)}
        ariaLabel="Storage by repository, in MiB"
        xTitle="Repository"
        yTitle="MiB"
        empty={EMPTY}
      />
    </Container>
  );
}

export function ImagesChart({ usages, limit }: Props & { limit: number | undefined }) {
  const rows = largest(usages, "images");
  const near = limit !== undefined && rows.some((one) => one.images > limit / 2);
  const bars: BarChartProps<string>["series"][number] = { title: "Images", type: "bar", data: rows.map((one) => ({ x: one.name, y: one.images })) };
  return (
    <Container header={<Header variant="h2" description={limit === undefined ? "" : `A repository may hold ${limit.toLocaleString()}.`}>Images by repository</Header>}>
      <BarChart
        series={near ? [bars, { title: "Limit", type: "threshold", y: limit }] : [bars]}
        xDomain={rows.map((one) => one.name)}
        horizontalBars
        hideFilter
        hideLegend={!near}
        height={Math.max(80, rows.length * 32)}
        ariaLabel="Images by repository"
        xTitle="Repository"
        yTitle="Images"
        empty={EMPTY}
      />
    </Container>
  );
}

export function ActivityChart() {
  const trail = useTrail();
  const { data, error, loading, reload } = useQuery(async () => {
    const start = new Date(Date.now() - (DAYS - 1) * DAY_MS);
    start.setHours(0, 0, 0, 0);
    const count = async (name: string) => {
      const days = new Map<string, number>();
      let token: string | undefined;
      for (let pages = 0; pages < PAGES_MAX; pages += 1) {
        const page = await lookUp(trail, { attribute: { key: "EventName", value: name }, start, end: undefined, refusedOnly: false }, token);
        for (const row of page.rows) if (!row.error) days.set(dayOf(row.time), (days.get(dayOf(row.time)) ?? 0) + 1);
        token = page.token;
        if (!token) break;
      }
      return { days, whole: !token };
    };
    return { pulls: await count("BatchGetImage"), pushes: await count("PutImage") };
  }, [trail]);
  if (error) return <Problem error={error} retry={reload} />;
  const days = Array.from({ length: DAYS }, (_, index) => dayOf(new Date(Date.now() - (DAYS - 1 - index) * DAY_MS)));
  const whole = data ? data.pulls.whole && data.pushes.whole : true;
  const bars = (title: string, counts: Map<string, number>) => ({ title, type: "bar" as const, data: days.map((x) => ({ x, y: counts.get(x) ?? 0 })) });
  return (
    <Container header={<Header variant="h2" description={whole ? "From the audit trail: manifests that were fetched and stored." : `From the audit trail: only the newest ${(PAGES_MAX * 50).toLocaleString()} of each are counted.`}>Pulls and pushes of the last {DAYS} days</Header>}>
      {loading && !data ? (
        <StatusIndicator type="loading">Loading the last days</StatusIndicator>
      ) : (
        <BarChart series={data ? [bars("Pulls", data.pulls.days), bars("Pushes", data.pushes.days)] : []} xDomain={days} hideFilter height={200} ariaLabel={`Pulls and pushes of the last ${DAYS} days`} xTitle="Day" yTitle="Images" empty={EMPTY} />
      )}
    </Container>
  );
}

const dayOf = (time: Date | undefined) => time?.toLocaleDateString(undefined, { month: "short", day: "numeric" }) ?? "";
