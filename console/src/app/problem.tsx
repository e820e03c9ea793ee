/** An error in the place of what it kept from being shown. */
import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";

import { explain } from "./errors";

export function Problem({ error, retry }: { error: unknown; retry?: () => void }) {
  const said = explain(error);
  return (
    <Alert type="error" header={said.title} action={retry ? <Button onClick={retry}>Try again</Button> : undefined}>
      {said.message}
      {said.requestId ? ` (request ${said.requestId})` : ""}
    </Alert>
  );
}
