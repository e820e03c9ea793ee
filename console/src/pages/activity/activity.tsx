/** Who did what in the registry. */
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { EventsTable } from "./events";

export default function ActivityPage() {
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description="The audit trail of this account in this region.">
        Activity
      </Header>
      <EventsTable title="Events" />
    </SpaceBetween>
  );
}
