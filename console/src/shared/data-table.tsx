/** A table with filter, sorting, pages, preferences and a selection: the same everywhere. */
import { useCollection } from "@cloudscape-design/collection-hooks";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import CollectionPreferences from "@cloudscape-design/components/collection-preferences";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import TextFilter from "@cloudscape-design/components/text-filter";
import type { ReactNode } from "react";

import { Problem } from "../app/problem";
import { usePreferences } from "./preferences";

export type Columns<T> = TableProps.ColumnDefinition<T>[];

interface Props<T> {
  title: string;
  /** What the rows are, in lower case and plural. */
  noun: string;
  columns: Columns<T>;
  rows: T[] | undefined;
  loading?: boolean;
  error?: unknown;
  reload?: () => void;
  trackBy: Extract<keyof T, string>;
  rowName: (row: T) => string;
  empty: ReactNode;
  sortedBy: Extract<keyof T, string>;
  descending?: boolean;
  selection?: "single" | "multi";
  actions?: (selected: T[]) => ReactNode;
  hidden?: string[];
  pageSize?: number;
  headingLevel?: "h2" | "h3";
  controls?: ReactNode;
  wrap?: boolean;
  /** What the filter looks into; all of a row unless told. */
  filterBy?: Extract<keyof T, string>[];
}

export function DataTable<T extends object>(props: Props<T>) {
  const { columns, rows, noun, rowName } = props;
  const [preferences, setPreferences] = usePreferences(props.title, {
    pageSize: props.pageSize ?? 25,
    contentDisplay: columns.map(({ id = "" }) => ({ id, visible: !props.hidden?.includes(id) })),
  });
  const { items, collectionProps, filterProps, paginationProps, filteredItemsCount, actions } = useCollection(rows ?? [], {
    filtering: {
      ...(props.filterBy ? { fields: props.filterBy } : {}),
      empty: <Box textAlign="center">{props.empty}</Box>,
      noMatch: (
        <Box textAlign="center">
          <SpaceBetween size="s">
            <span>No {noun} match the filter.</span>
            <Button onClick={() => actions.setFiltering("")}>Clear the filter</Button>
          </SpaceBetween>
        </Box>
      ),
    },
    pagination: { pageSize: preferences.pageSize ?? 25 },
    sorting: { defaultState: { sortingColumn: { sortingField: props.sortedBy }, isDescending: props.descending ?? false } },
    selection: { trackBy: props.trackBy },
  });
  const selected = [...(collectionProps.selectedItems ?? [])];
  const { selectedItems, onSelectionChange, ...others } = collectionProps;
  const selecting = props.selection ? { selectionType: props.selection, selectedItems, onSelectionChange } : {};
  if (props.error) return <Problem error={props.error} retry={props.reload} />;
  return (
    <Table
      {...others}
      {...selecting}
      variant="container"
      items={items}
      columnDefinitions={columns}
      columnDisplay={preferences.contentDisplay ?? []}
      loading={Boolean(props.loading) && !rows}
      loadingText={`Loading ${noun}`}
      wrapLines={props.wrap ?? true}
      ariaLabels={{
        tableLabel: props.title,
        selectionGroupLabel: `Choose ${noun}`,
        allItemsSelectionLabel: () => `All ${noun}`,
        itemSelectionLabel: (_, row) => rowName(row),
      }}
      filter={
        <SpaceBetween direction="horizontal" size="xs">
          <TextFilter {...filterProps} filteringPlaceholder={`Find ${noun}`} filteringAriaLabel={`Find ${noun}`} filteringClearAriaLabel="Clear the filter" countText={`${filteredItemsCount ?? 0} matches`} />
          {props.controls}
        </SpaceBetween>
      }
      pagination={<Pagination {...paginationProps} ariaLabels={{ nextPageLabel: "Next page", previousPageLabel: "Previous page", pageLabel: (page) => `Page ${page}` }} />}
      preferences={
        <CollectionPreferences
          title="Preferences"
          confirmLabel="Confirm"
          cancelLabel="Cancel"
          preferences={preferences}
          onConfirm={(event) => setPreferences(event.detail)}
          pageSizePreference={{ title: "Page size", options: [10, 25, 50, 100].map((value) => ({ value, label: `${value} ${noun}` })) }}
          contentDisplayPreference={{
            title: "Columns",
            options: columns.map((column, index) => ({ id: column.id ?? "", label: String(column.header), alwaysVisible: index === 0 })),
          }}
        />
      }
      header={
        <Header
          variant={props.headingLevel ?? "h2"}
          counter={rows ? (selected.length > 0 && props.selection ? `(${selected.length}/${rows.length})` : `(${rows.length})`) : ""}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              {props.actions?.(selected)}
              {props.reload ? <Button iconName="refresh" ariaLabel={`Reload ${noun}`} onClick={props.reload} /> : null}
            </SpaceBetween>
          }
        >
          {props.title}
        </Header>
      }
    />
  );
}
