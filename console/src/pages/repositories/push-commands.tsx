/** The commands that log in, build and push to one repository, for this host and region. */
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import Box from "@cloudscape-design/components/box";

import { useSignedIn } from "../../app/session";
import { CommandBlock } from "../../shared/copy";

interface Step {
  title: string;
  command: string;
}

export function pushSteps(uri: string, region: string, endpoint: string, windows: boolean): Step[] {
  const registry = uri.split("/")[0] ?? uri;
  const name = uri.slice(registry.length + 1);
  const short = name.split("/").at(-1) ?? name;
  const login = windows
    ? `(aws --endpoint-url ${endpoint} ecr get-login-password --region ${region}) | docker login --username AWS --password-stdin ${registry}`
    : `aws --endpoint-url ${endpoint} ecr get-login-password --region ${region} | docker login --username AWS --password-stdin ${registry}`;
  const old = windows
    ? `Invoke-Expression -Command (aws --endpoint-url ${endpoint} ecr get-login --no-include-email --region ${region})`
    : `$(aws --endpoint-url ${endpoint} ecr get-login --no-include-email --region ${region})`;
  return [
    { title: "Log Docker in to the registry (AWS CLI 2, or 1.17.10 and newer)", command: login },
    { title: "Or, with an older AWS CLI 1", command: old },
    { title: "Build the image; skip this if it is built", command: `docker build -t ${short} .` },
    { title: "Tag it for this repository", command: `docker tag ${short}:latest ${uri}:latest` },
    { title: "Push it", command: `docker push ${uri}:latest` },
  ];
}

export function PushCommands({ uri, onClose }: { uri: string; onClose: () => void }) {
  const { region } = useSignedIn();
  const steps = (windows: boolean) => (
    <SpaceBetween size="l">
      {pushSteps(uri, region, location.origin, windows).map((step, index) => (
        <div key={step.title}>
          <Box variant="p">
            {index + 1}. {step.title}
          </Box>
          <CommandBlock command={step.command} name={`command ${index + 1}`} />
        </div>
      ))}
    </SpaceBetween>
  );
  return (
    <Modal
      visible
      size="large"
      header={`Push commands for ${uri.slice(uri.indexOf("/") + 1)}`}
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <Button variant="primary" onClick={onClose}>
            Close
          </Button>
        </Box>
      }
    >
      <Tabs
        tabs={[
          { id: "unix", label: "macOS / Linux", content: steps(false) },
          { id: "windows", label: "Windows", content: steps(true) },
        ]}
      />
    </Modal>
  );
}
