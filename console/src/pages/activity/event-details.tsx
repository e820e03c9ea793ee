/** One record of the audit trail. */
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { Copyable } from "../../shared/copy";
import { moment } from "../../shared/format";
import { JsonText } from "../../shared/json-editor";
import type { EventRow } from "./lookup";

export function EventDetails({ row }: { row: EventRow }) {
  const agent = row.record.userAgent;
  return (
    <SpaceBetween size="l">
      <KeyValuePairs
        columns={2}
        items={[
          { label: "Time", value: moment(row.time) },
          { label: "User", value: row.user },
          { label: "Source", value: row.source },
          { label: "From", value: row.address || "–" },
          { label: "Resource", value: row.resource || "–" },
          { label: "Outcome", value: row.error ? `${row.error}: ${String(row.record.errorMessage ?? "")}` : "Done" },
          { label: "Request ID", value: row.requestId ? <Copyable text={row.requestId} name="request ID" /> : "–" },
          { label: "Event ID", value: <Copyable text={row.id} name="event ID" /> },
          { label: "Client", value: typeof agent === "string" && agent ? agent : "–" },
        ]}
      />
      <JsonText label="The record" text={JSON.stringify(row.record, null, 2)} />
    </SpaceBetween>
  );
}
