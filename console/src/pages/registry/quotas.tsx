/** What the registry holds, beside what it may hold. */
import { DescribePullThroughCacheRulesCommand, DescribeRepositoriesCommand, type ECRClient } from "@aws-sdk/client-ecr";
import { ListServiceQuotasCommand, ServiceQuotasClient, type ServiceQuota } from "@aws-sdk/client-service-quotas";
import Header from "@cloudscape-design/components/header";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect, useMemo, useState } from "react";

import { useClientOptions, useClients } from "../../app/clients";
import { gather, useQuery } from "../../app/queries";
import { type Columns, DataTable } from "../../shared/data-table";
import { askEach } from "../../shared/tasks";
import { type Usage, usageOf } from "../../shared/usage";
import { ActivityChart, ImagesChart, SizesChart } from "./usage-charts";

export interface RepositoryUsage extends Usage {
  name: string;
}

interface Row {
  code: string;
  name: string;
  about: string;
  limit: number;
  used: number | undefined;
  share: number;
}

/** More repositories than these are not looked into one by one. */
const REPOSITORIES_MAX = 500;

const COLUMNS: Columns<Row> = [
  { id: "name", header: "Quota", cell: (one) => one.name, sortingField: "name", isRowHeader: true, minWidth: 220 },
  { id: "about", header: "Description", cell: (one) => one.about, minWidth: 240 },
  { id: "limit", header: "Limit", cell: (one) => one.limit.toLocaleString(), sortingField: "limit" },
  { id: "used", header: "Used", cell: (one) => one.used?.toLocaleString() ?? "–", sortingField: "used" },
  { id: "share", header: "Share", cell: (one) => <Share row={one} />, sortingField: "share", minWidth: 180 },
];

function Share({ row }: { row: Row }) {
  if (row.used === undefined) return <>–</>;
  return <ProgressBar ariaLabel={`Share of ${row.name}`} value={row.share} status={row.share >= 100 ? "error" : "in-progress"} resultText="Full" />;
}

async function names(ecr: ECRClient): Promise<string[]> {
  const found = await gather(
    (nextToken) => ecr.send(new DescribeRepositoriesCommand({ nextToken, maxResults: 1000 })),
    (page) => ({ items: page.repositories, token: page.nextToken }),
    100_000,
  );
  return found.map((one) => one.repositoryName ?? "");
}

async function rules(ecr: ECRClient): Promise<number> {
  const found = await gather(
    (nextToken) => ecr.send(new DescribePullThroughCacheRulesCommand({ nextToken, maxResults: 1000 })),
    (page) => ({ items: page.pullThroughCacheRules, token: page.nextToken }),
  );
  return found.length;
}

export default function QuotasPage() {
  const options = useClientOptions();
  const { ecr } = useClients();
  const quotas = useMemo(() => new ServiceQuotasClient(options), [options]);
  const limits = useQuery(
    () =>
      gather(
        (NextToken) => quotas.send(new ListServiceQuotasCommand({ ServiceCode: "ecr", NextToken })),
        (page) => ({ items: page.Quotas, token: page.NextToken }),
      ),
    [quotas],
  );
  const counts = useQuery(async () => ({ repositories: await names(ecr), rules: await rules(ecr) }), [ecr]);
  const repositories = counts.data?.repositories;
  const { usages, done } = useUsages(ecr, repositories);
  const reload = () => {
    limits.reload();
    counts.reload();
  };
  const used: Record<string, number | undefined> = {
    "Registered repositories": repositories?.length,
    "Images per repository": usages ? Math.max(0, ...usages.map((one) => one.images)) : undefined,
    "Tags per image": usages ? Math.max(0, ...usages.map((one) => one.tagsMax)) : undefined,
    "Pull through cache rules per registry": counts.data?.rules,
  };
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description="What this registry holds, and what it may hold.">
        Quotas and usage
      </Header>
      {repositories && !usages ? <ProgressBar label="Counting images" value={repositories.length > 0 ? (100 * done) / Math.min(repositories.length, REPOSITORIES_MAX) : 100} additionalInfo={`${done} of ${Math.min(repositories.length, REPOSITORIES_MAX)} repositories`} /> : null}
      <DataTable
        title="Quotas"
        noun="quotas"
        columns={COLUMNS}
        rows={limits.data?.map((one) => rowOf(one, used))}
        loading={limits.loading}
        error={limits.error ?? counts.error}
        reload={reload}
        trackBy="code"
        rowName={(one) => one.name}
        sortedBy="share"
        descending
        empty="No quotas"
      />
      {usages ? <SizesChart usages={usages} /> : null}
      {usages ? <ImagesChart usages={usages} limit={limits.data?.find((one) => one.QuotaName === "Images per repository")?.Value} /> : null}
      <ActivityChart />
    </SpaceBetween>
  );
}

function rowOf(quota: ServiceQuota, used: Record<string, number | undefined>): Row {
  const name = quota.QuotaName ?? "";
  const limit = quota.Value ?? 0;
  const held = used[name];
  return { code: quota.QuotaCode ?? "", name, about: quota.Description ?? "", limit, used: held, share: held === undefined || limit === 0 ? 0 : Math.min(100, (100 * held) / limit) };
}

/** Each repository's usage, counted a few at a time; a repository that cannot be read counts as empty. */
function useUsages(ecr: ECRClient, repositories: string[] | undefined) {
  const [usages, setUsages] = useState<RepositoryUsage[]>();
  const [done, setDone] = useState(0);
  useEffect(() => {
    if (!repositories) return undefined;
    let goesOn = true;
    setUsages(undefined);
    setDone(0);
    const count = async (name: string): Promise<RepositoryUsage> => {
      const nothing = { images: 0, bytes: 0, tagsMax: 0 };
      const usage = goesOn ? await usageOf(ecr, name).catch(() => nothing) : nothing;
      if (goesOn) setDone((present) => present + 1);
      return { name, ...usage };
    };
    void askEach(repositories.slice(0, REPOSITORIES_MAX), count).then((found) => goesOn && setUsages(found));
    return () => {
      goesOn = false;
    };
  }, [ecr, repositories]);
  return { usages, done };
}
