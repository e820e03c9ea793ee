/** The registry's repositories. */
import { DescribeRepositoriesCommand, type ECRClient, type Repository } from "@aws-sdk/client-ecr";
import { useCollection } from "@cloudscape-design/collection-hooks";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import CollectionPreferences from "@cloudscape-design/components/collection-preferences";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import TextFilter from "@cloudscape-design/components/text-filter";
import { useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router-dom";

import { useClients } from "../../app/clients";
import { Problem } from "../../app/problem";
import { gather, useQuery } from "../../app/queries";
import { Copyable } from "../../shared/copy";
import { mebibytes, moment } from "../../shared/format";
import { repositoryPath, ScreenLink } from "../../shared/links";
import { usePreferences } from "../../shared/preferences";
import { askEach } from "../../shared/tasks";
import { type Usage, usageOf } from "../../shared/usage";
import { EditSettings } from "../repository/edit-settings";
import { DeleteRepositories } from "./delete-modal";
import { PushCommands } from "./push-commands";
import { FirstRun } from "./first-run";

type Usages = Map<string, Usage | null>;

const columnsWith = (usages: Usages): TableProps.ColumnDefinition<Repository>[] => [
  {
    id: "name",
    header: "Repository name",
    cell: (one) => <ScreenLink to={repositoryPath(one.repositoryName ?? "")}>{one.repositoryName}</ScreenLink>,
    sortingField: "repositoryName",
    isRowHeader: true,
  },
  { id: "uri", header: "URI", cell: (one) => <Copyable text={one.repositoryUri ?? ""} name="URI" /> },
  { id: "images", header: "Images", cell: (one) => <Counted usage={usages.get(one.repositoryName ?? "")} shown={(usage) => usage.images.toLocaleString()} /> },
  { id: "size", header: "Size (MiB)", cell: (one) => <Counted usage={usages.get(one.repositoryName ?? "")} shown={(usage) => mebibytes(usage.bytes)} /> },
  { id: "created", header: "Created at", cell: (one) => moment(one.createdAt), sortingField: "createdAt" },
  { id: "mutability", header: "Tag mutability", cell: (one) => one.imageTagMutability, sortingField: "imageTagMutability" },
  { id: "scan", header: "Scan on push", cell: (one) => (one.imageScanningConfiguration?.scanOnPush ? "Yes" : "No") },
  { id: "encryption", header: "Encryption", cell: (one) => one.encryptionConfiguration?.encryptionType },
];
const VISIBLE = columnsWith(new Map()).map((column) => column.id ?? "");

function Counted({ usage, shown }: { usage: Usage | null | undefined; shown: (usage: Usage) => string }) {
  if (usage === undefined) return <Box color="text-body-secondary">…</Box>;
  return <>{usage ? shown(usage) : "–"}</>;
}

/** What the repositories hold that are on the page: counted behind the table, which does not wait. */
function useUsages(ecr: ECRClient, names: string[], asked: unknown): Usages {
  const [usages, setUsages] = useState<Usages>(new Map());
  const known = useRef<{ asked: unknown; names: Set<string> }>({ asked: undefined, names: new Set() });
  useEffect(() => {
    if (known.current.asked !== asked) known.current = { asked, names: new Set() };
    const held = known.current;
    const fresh = names.filter((name) => !held.names.has(name));
    fresh.forEach((name) => held.names.add(name));
    void askEach(fresh, async (name) => {
      // Whoever may not look into a repository still sees that it is there.
      const usage = await usageOf(ecr, name).catch(() => null);
      if (known.current === held) setUsages((present) => new Map(present).set(name, usage));
    });
    // eslint-disable-next-line -- the names stand for themselves
  }, [ecr, names.join(" "), asked]);
  return usages;
}

export default function RepositoriesPage() {
  const { ecr } = useClients();
  const navigate = useNavigate();
  const [preferences, setPreferences] = usePreferences("Private repositories", { pageSize: 25, contentDisplay: VISIBLE.map((id) => ({ id, visible: true })) });
  const [deleting, setDeleting] = useState(false);
  const [editing, setEditing] = useState(false);
  const [pushing, setPushing] = useState(false);
  const { data, error, loading, reload } = useQuery(
    () =>
      gather(
        (nextToken) => ecr.send(new DescribeRepositoriesCommand({ nextToken, maxResults: 1000 })),
        (page) => ({ items: page.repositories, token: page.nextToken }),
      ),
    [ecr],
  );
  const { items, collectionProps, filterProps, paginationProps, filteredItemsCount } = useCollection(data ?? [], {
    filtering: { noMatch: <Box textAlign="center">No matches</Box> },
    pagination: { pageSize: preferences.pageSize ?? 25 },
    sorting: { defaultState: { sortingColumn: { sortingField: "repositoryName" } } },
    selection: { trackBy: "repositoryName" },
  });
  const columns = columnsWith(useUsages(ecr, items.map((one) => one.repositoryName ?? ""), data));
  const selected = collectionProps.selectedItems ?? [];
  const first = selected[0];
  if (error) return <Problem error={error} retry={reload} />;
  if (data?.length === 0) return <FirstRun onCreated={reload} />;
  return (
    <>
      <Table
        {...collectionProps}
        variant="full-page"
        selectionType="multi"
        ariaLabels={{ selectionGroupLabel: "Repositories", allItemsSelectionLabel: () => "All repositories", itemSelectionLabel: (_, one) => one.repositoryName ?? "" }}
        items={items}
        columnDefinitions={columns}
        columnDisplay={preferences.contentDisplay ?? []}
        loading={loading && !data}
        loadingText="Loading repositories"
        stickyHeader
        filter={<TextFilter {...filterProps} filteringPlaceholder="Find repositories" filteringAriaLabel="Find repositories" countText={`${filteredItemsCount ?? 0} matches`} />}
        pagination={<Pagination {...paginationProps} ariaLabels={{ nextPageLabel: "Next page", previousPageLabel: "Previous page", pageLabel: (page) => `Page ${page}` }} />}
        preferences={
          <CollectionPreferences
            title="Preferences"
            confirmLabel="Confirm"
            cancelLabel="Cancel"
            preferences={preferences}
            onConfirm={(event) => setPreferences(event.detail)}
            pageSizePreference={{ title: "Page size", options: [10, 25, 50, 100].map((value) => ({ value, label: `${value} repositories` })) }}
            contentDisplayPreference={{ title: "Columns", options: columns.map((column) => ({ id: column.id ?? "", label: String(column.header), alwaysVisible: column.id === "name" })) }}
          />
        }
        header={
          <Header
            variant="awsui-h1-sticky"
            counter={data ? `(${data.length})` : ""}
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button iconName="refresh" ariaLabel="Reload" onClick={reload} />
                <Button disabled={selected.length !== 1} onClick={() => setPushing(true)}>
                  View push commands
                </Button>
                <Button disabled={selected.length !== 1} onClick={() => setEditing(true)}>
                  Edit
                </Button>
                <Button disabled={selected.length === 0} onClick={() => setDeleting(true)}>
                  Delete
                </Button>
                <Button variant="primary" onClick={() => void navigate("/repositories/create")}>
                  Create repository
                </Button>
              </SpaceBetween>
            }
          >
            Private repositories
          </Header>
        }
      />
      {deleting ? (
        <DeleteRepositories
          names={selected.map((one) => one.repositoryName ?? "")}
          onClose={() => setDeleting(false)}
          onDone={() => {
            setDeleting(false);
            reload();
          }}
        />
      ) : null}
      {editing && first ? (
        <EditSettings
          repository={first}
          onClose={() => setEditing(false)}
          onDone={() => {
            setEditing(false);
            reload();
          }}
        />
      ) : null}
      {pushing && first ? <PushCommands uri={first.repositoryUri ?? ""} onClose={() => setPushing(false)} /> : null}
    </>
  );
}
