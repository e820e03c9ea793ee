/** A screen of things that are made, edited and deleted one by one: heading, table, dialogs. */
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useState } from "react";

import { useNotices } from "../app/notices";
import type { Query } from "../app/queries";
import { Confirm } from "./confirm";
import { type Columns, DataTable } from "./data-table";

interface Props<T> {
  heading: string;
  about: string;
  title: string;
  /** One of them, and several, in lower case. */
  noun: string;
  nouns: string;
  columns: Columns<T>;
  query: Query<T[]>;
  trackBy: Extract<keyof T, string>;
  nameOf: (one: T) => string;
  /** What the button that makes one says. */
  adding: string;
  /** What the dialog says of deleting one. */
  consequence: string;
  remove: (name: string) => Promise<unknown>;
  /** Further buttons for the selected one. */
  actions?: (one: T | undefined, edit: (one: T) => void) => ReactNode;
  /** The dialog: of a new one, where there is none given. */
  dialog: (given: T | undefined, close: () => void, done: (message: string) => void) => ReactNode;
}

export function RulesPage<T extends object>(props: Props<T>) {
  const { query, noun, nameOf } = props;
  const { succeed, fail } = useNotices();
  const [editing, setEditing] = useState<{ given: T | undefined }>();
  const [deleting, setDeleting] = useState("");
  const remove = async () => {
    try {
      await props.remove(deleting);
      succeed(`The ${noun} ${deleting} was deleted.`);
    } catch (failure) {
      fail(failure);
    }
    setDeleting("");
    query.reload();
  };
  const close = () => setEditing(undefined);
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description={props.about}>
        {props.heading}
      </Header>
      <DataTable
        title={props.title}
        noun={props.nouns}
        columns={props.columns}
        rows={query.data}
        loading={query.loading}
        error={query.error}
        reload={query.reload}
        trackBy={props.trackBy}
        rowName={nameOf}
        sortedBy={props.trackBy}
        selection="single"
        empty={`No ${props.nouns}`}
        actions={([one]) => (
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={!one} onClick={() => setDeleting(one ? nameOf(one) : "")}>
              Delete
            </Button>
            {props.actions?.(one, (given) => setEditing({ given }))}
            <Button variant="primary" onClick={() => setEditing({ given: undefined })}>
              {props.adding}
            </Button>
          </SpaceBetween>
        )}
      />
      {editing
        ? props.dialog(editing.given, close, (message) => {
            close();
            succeed(message);
            query.reload();
          })
        : null}
      {deleting ? (
        <Confirm title={`Delete the ${noun} ${deleting}?`} action="Delete" onConfirm={remove} onClose={() => setDeleting("")}>
          {props.consequence}
        </Confirm>
      ) : null}
    </SpaceBetween>
  );
}
