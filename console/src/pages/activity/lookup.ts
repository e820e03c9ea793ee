/** Asking the audit trail, as CloudTrail's LookupEvents does it. */
import { CloudTrailClient, type Event, type LookupAttributeKey, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import { useMemo } from "react";

import { useClientOptions } from "../../app/clients";

export interface EventRow {
  id: string;
  name: string;
  time: Date | undefined;
  user: string;
  source: string;
  resource: string;
  address: string;
  error: string;
  requestId: string;
  /** The record as it was written. */
  record: Record<string, unknown>;
}

export interface Question {
  attribute: { key: LookupAttributeKey; value: string } | null;
  start: Date | undefined;
  end: Date | undefined;
  refusedOnly: boolean;
}

const PAGE = 50;
/** A page of a rare attribute may have nothing in it and yet not be the last. */
const CALLS_MAX = 20;

export function useTrail(): CloudTrailClient {
  const options = useClientOptions();
  return useMemo(() => new CloudTrailClient(options), [options]);
}

export async function lookUp(trail: CloudTrailClient, question: Question, token: string | undefined): Promise<{ rows: EventRow[]; token: string | undefined }> {
  const rows: EventRow[] = [];
  let next = token;
  for (let calls = 0; calls < CALLS_MAX; calls += 1) {
    const page = await trail.send(
      new LookupEventsCommand({
        LookupAttributes: question.attribute ? [{ AttributeKey: question.attribute.key, AttributeValue: question.attribute.value }] : undefined,
        StartTime: question.start,
        EndTime: question.end,
        MaxResults: PAGE,
        NextToken: next,
      }),
    );
    rows.push(...(page.Events ?? []).map(flatten).filter((row) => !question.refusedOnly || row.error));
    next = page.NextToken;
    if (!next || rows.length >= PAGE) break;
  }
  return { rows, token: next };
}

function flatten(event: Event): EventRow {
  const record = JSON.parse(event.CloudTrailEvent ?? "{}") as Record<string, unknown>;
  const text = (key: string) => (typeof record[key] === "string" ? record[key] : "");
  return {
    id: event.EventId ?? "",
    name: event.EventName ?? "",
    time: event.EventTime,
    user: event.Username ?? nobody(record),
    source: event.EventSource ?? "",
    resource: (event.Resources ?? []).map((one) => (one.ResourceName ?? "").replace(/^arn:[^:]*:[^:]*:[^:]*:[^:]*:/, "")).join(", "),
    address: text("sourceIPAddress"),
    error: text("errorCode"),
    requestId: text("requestID"),
    record,
  };
}

/** Whom a record without a user's name is of. */
function nobody(record: Record<string, unknown>): string {
  const identity = (record.userIdentity ?? {}) as Record<string, string>;
  return identity.invokedBy ? "Portside itself" : (identity.accessKeyId ?? "nobody known");
}
