/** What happened, the newest first: a search of the audit trail, with each record whole. */
import type { LookupAttributeKey } from "@aws-sdk/client-cloudtrail";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import DateRangePicker, { type DateRangePickerProps } from "@cloudscape-design/components/date-range-picker";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import Link from "@cloudscape-design/components/link";
import Pagination from "@cloudscape-design/components/pagination";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import Toggle from "@cloudscape-design/components/toggle";
import { type FormEvent, useMemo, useState } from "react";

import { useDetails } from "../../app/details";
import { Problem } from "../../app/problem";
import { useQuery } from "../../app/queries";
import { moment } from "../../shared/format";
import { EventDetails } from "./event-details";
import { type EventRow, lookUp, type Question, useTrail } from "./lookup";

type Key = LookupAttributeKey | "";

const ATTRIBUTES: { value: Key; label: string; hint: string }[] = [
  { value: "", label: "Everything", hint: "" },
  { value: "EventName", label: "Event name", hint: "PutImage" },
  { value: "Username", label: "User name", hint: "ann, root, or a session's name" },
  { value: "ResourceName", label: "Resource name", hint: "team-a/web, or an ARN" },
  { value: "ResourceType", label: "Resource type", hint: "AWS::ECR::Repository" },
  { value: "AccessKeyId", label: "Access key ID", hint: "AKIA…" },
  { value: "EventId", label: "Event ID", hint: "" },
  { value: "EventSource", label: "Event source", hint: "iam.amazonaws.com" },
  { value: "ReadOnly", label: "Read-only", hint: "true or false" },
];

const SPANS: DateRangePickerProps.RelativeOption[] = [
  { key: "hour", amount: 1, unit: "hour", type: "relative" },
  { key: "day", amount: 1, unit: "day", type: "relative" },
  { key: "week", amount: 7, unit: "day", type: "relative" },
  { key: "month", amount: 30, unit: "day", type: "relative" },
];

const UNITS: Record<string, number> = { second: 1, minute: 60, hour: 3600, day: 86_400, week: 604_800, month: 2_592_000, year: 31_536_000 };

function span(range: DateRangePickerProps.Value | null): { start: Date | undefined; end: Date | undefined } {
  if (!range) return { start: undefined, end: undefined };
  if (range.type === "absolute") return { start: new Date(range.startDate), end: new Date(range.endDate) };
  return { start: new Date(Date.now() - range.amount * (UNITS[range.unit] ?? 1) * 1000), end: undefined };
}

function columns(open: (row: EventRow) => void): TableProps.ColumnDefinition<EventRow>[] {
  return [
    { id: "name", header: "Event name", cell: (one) => <Link onFollow={() => open(one)} ariaLabel={`Details of ${one.name}`}>{one.name}</Link>, isRowHeader: true, minWidth: 150 },
    { id: "time", header: "Time", cell: (one) => moment(one.time), minWidth: 210 },
    { id: "user", header: "User", cell: (one) => one.user, minWidth: 110 },
    { id: "resource", header: "Resource", cell: (one) => one.resource || "–", minWidth: 220 },
    { id: "error", header: "Outcome", cell: (one) => (one.error ? <StatusIndicator type="error">{one.error}</StatusIndicator> : <StatusIndicator>Done</StatusIndicator>), minWidth: 140 },
  ];
}

/** What is shown at first: reading is most of what happens, and tells least. */
const CHANGES = { key: "ReadOnly" as const, value: "false" };

interface Asked extends Question {
  /** Asking the same again is another question. */
  turn: number;
}

/** With `resource` only what happened to it is looked for. */
export function EventsTable({ resource, title }: { resource?: string; title: string }) {
  const trail = useTrail();
  const { show } = useDetails();
  const fixed = useMemo(() => (resource === undefined ? null : { key: "ResourceName" as const, value: resource }), [resource]);
  const [asked, setAsked] = useState<Asked>({ attribute: fixed ?? CHANGES, start: undefined, end: undefined, refusedOnly: false, turn: 0 });
  const [tokens, setTokens] = useState<(string | undefined)[]>([undefined]);
  const [page, setPage] = useState(1);
  const { data, error, loading, reload } = useQuery(() => lookUp(trail, asked, tokens[page - 1]), [trail, asked, page]);
  const ask = (question: Question) => {
    setTokens([undefined]);
    setPage(1);
    setAsked({ ...question, attribute: fixed ?? question.attribute, turn: asked.turn + 1 });
  };
  const turnTo = (index: number) => {
    if (index > tokens.length) {
      if (!data?.token) return;
      setTokens([...tokens, data.token]);
    }
    setPage(index);
  };
  if (error) return <Problem error={error} retry={reload} />;
  const more = Boolean(data?.token) && page === tokens.length;
  return (
    <Table
      variant="container"
      items={data?.rows ?? []}
      trackBy="id"
      columnDefinitions={columns((row) => show({ title: row.name, content: <EventDetails row={row} /> }))}
      loading={loading}
      loadingText="Loading events"
      wrapLines
      ariaLabels={{ tableLabel: title }}
      empty={<Box textAlign="center">No events found.</Box>}
      filter={<Search fixed={fixed !== null} busy={loading} onAsk={ask} />}
      pagination={
        <Pagination
          currentPageIndex={page}
          pagesCount={tokens.length}
          openEnd={more}
          disabled={loading}
          onChange={(event) => turnTo(event.detail.currentPageIndex)}
          ariaLabels={{ nextPageLabel: "Next page", previousPageLabel: "Previous page", pageLabel: (index) => `Page ${index}` }}
        />
      }
      header={
        <Header variant="h2" description="Every request that somebody signed, allowed or refused, the newest first." actions={<Button iconName="refresh" ariaLabel="Reload events" onClick={() => ask(asked)} />}>
          {title}
        </Header>
      }
    />
  );
}

function Search({ fixed, busy, onAsk }: { fixed: boolean; busy: boolean; onAsk: (question: Question) => void }) {
  const [key, setKey] = useState<Key>(CHANGES.key);
  const [value, setValue] = useState(CHANGES.value);
  const [range, setRange] = useState<DateRangePickerProps.Value | null>(null);
  const [refusedOnly, setRefusedOnly] = useState(false);
  const chosen = ATTRIBUTES.find((one) => one.value === key);
  const send = (event: FormEvent) => {
    event.preventDefault();
    onAsk({ attribute: key && value.trim() ? { key, value: value.trim() } : null, ...span(range), refusedOnly });
  };
  return (
    <form onSubmit={send} aria-label="Search for events">
      <SpaceBetween direction="horizontal" size="xs" alignItems="end">
        {fixed ? null : (
          <FormField label="Look for">
            <Select selectedOption={chosen ?? null} options={ATTRIBUTES.map(({ value: id, label }) => ({ value: id, label }))} onChange={(event) => {
                setKey(event.detail.selectedOption.value as Key);
                setValue("");
              }} />
          </FormField>
        )}
        {fixed || !key ? null : (
          <FormField label="Value">
            <Input value={value} onChange={(event) => setValue(event.detail.value)} placeholder={chosen?.hint ?? ""} spellcheck={false} />
          </FormField>
        )}
        <FormField label="When">
          <DateRangePicker
            value={range}
            onChange={(event) => setRange(event.detail.value)}
            relativeOptions={SPANS}
            isValidRange={(one) => (one?.type === "absolute" && (!one.startDate || !one.endDate || one.startDate > one.endDate) ? { valid: false, errorMessage: "The start must be before the end." } : { valid: true })}
            placeholder="Any time"
          />
        </FormField>
        <Box padding={{ bottom: "xxs" }}>
          <Toggle checked={refusedOnly} onChange={(event) => setRefusedOnly(event.detail.checked)}>
            Refused only
          </Toggle>
        </Box>
        <Button formAction="submit" loading={busy}>
          Search
        </Button>
      </SpaceBetween>
    </form>
  );
}
