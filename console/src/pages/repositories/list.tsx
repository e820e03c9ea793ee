/** The registry's repositories. */
import { DescribeRepositoriesCommand, type Repository } from "@aws-sdk/client-ecr";
import { useCollection } from "@cloudscape-design/collection-hooks";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import Pagination from "@cloudscape-design/components/pagination";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import TextFilter from "@cloudscape-design/components/text-filter";
import { useNavigate } from "react-router-dom";

import { useClients } from "../../app/clients";
import { Problem } from "../../app/problem";
import { gather, useQuery } from "../../app/queries";

const COLUMNS: TableProps.ColumnDefinition<Repository>[] = [
  {
    id: "name",
    header: "Repository name",
    cell: (one) => <RepositoryLink name={one.repositoryName ?? ""} />,
    sortingField: "repositoryName",
    isRowHeader: true,
  },
  {
    id: "uri",
    header: "URI",
    cell: (one) => (
      <CopyToClipboard
        variant="inline"
        copyButtonAriaLabel="Copy URI"
        copyErrorText="The URI could not be copied"
        copySuccessText="URI copied"
        textToCopy={one.repositoryUri ?? ""}
      />
    ),
  },
  { id: "created", header: "Created at", cell: (one) => one.createdAt?.toLocaleString(), sortingField: "createdAt" },
  { id: "mutability", header: "Tag mutability", cell: (one) => one.imageTagMutability, sortingField: "imageTagMutability" },
  { id: "encryption", header: "Encryption", cell: (one) => one.encryptionConfiguration?.encryptionType },
];

function RepositoryLink({ name }: { name: string }) {
  const navigate = useNavigate();
  const href = `/repositories/view?name=${encodeURIComponent(name)}`;
  return (
    <Link
      href={`/console${href}`}
      onFollow={(event) => {
        event.preventDefault();
        void navigate(href);
      }}
    >
      {name}
    </Link>
  );
}

export default function RepositoriesPage() {
  const { ecr } = useClients();
  const { data, error, loading, reload } = useQuery(
    () =>
      gather(
        (nextToken) => ecr.send(new DescribeRepositoriesCommand({ nextToken, maxResults: 1000 })),
        (page) => ({ items: page.repositories, token: page.nextToken }),
      ),
    [ecr],
  );
  const { items, collectionProps, filterProps, paginationProps, filteredItemsCount } = useCollection(data ?? [], {
    filtering: { empty: <Box textAlign="center">No repositories yet</Box>, noMatch: <Box textAlign="center">No matches</Box> },
    pagination: { pageSize: 25 },
    sorting: { defaultState: { sortingColumn: { sortingField: "repositoryName" } } },
  });
  if (error) return <Problem error={error} retry={reload} />;
  return (
    <Table
      {...collectionProps}
      variant="full-page"
      items={items}
      columnDefinitions={COLUMNS}
      loading={loading && !data}
      loadingText="Loading repositories"
      stickyHeader
      filter={
        <TextFilter
          {...filterProps}
          filteringPlaceholder="Find repositories"
          filteringAriaLabel="Find repositories"
          countText={`${filteredItemsCount ?? 0} matches`}
        />
      }
      pagination={<Pagination {...paginationProps} />}
      header={
        <Header
          variant="awsui-h1-sticky"
          counter={data ? `(${data.length})` : ""}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button iconName="refresh" ariaLabel="Reload" onClick={reload} />
            </SpaceBetween>
          }
        >
          Private repositories
        </Header>
      }
    />
  );
}
