/** Creating a repository. */
import { CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import AttributeEditor from "@cloudscape-design/components/attribute-editor";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Form from "@cloudscape-design/components/form";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type FormEvent, useState } from "react";
import { useNavigate } from "react-router-dom";

import { useClients } from "../../app/clients";
import { useNotices } from "../../app/notices";
import { repositoryPath } from "../../shared/links";
import { DEFAULTS, mutabilityParameters, NameField, SettingsFields } from "./settings-form";

const NAME = /^(?:[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*\/)*[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;

export default function CreateRepositoryPage() {
  const { ecr } = useClients();
  const { succeed, fail } = useNotices();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [settings, setSettings] = useState(DEFAULTS);
  const [encryption, setEncryption] = useState<"AES256" | "KMS">("AES256");
  const [kmsKey, setKmsKey] = useState("");
  const [tags, setTags] = useState<{ key: string; value: string }[]>([]);
  const [busy, setBusy] = useState(false);
  const [tried, setTried] = useState(false);
  const valid = name.length >= 2 && name.length <= 256 && NAME.test(name);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!valid) return;
    setBusy(true);
    try {
      await ecr.send(
        new CreateRepositoryCommand({
          repositoryName: name,
          ...mutabilityParameters(settings),
          imageScanningConfiguration: { scanOnPush: settings.scanOnPush },
          encryptionConfiguration: { encryptionType: encryption, kmsKey: encryption === "KMS" && kmsKey ? kmsKey : undefined },
          tags: tags.filter((tag) => tag.key).map((tag) => ({ Key: tag.key, Value: tag.value })),
        }),
      );
      succeed(`Repository ${name} was created.`);
      void navigate(repositoryPath(name));
    } catch (error) {
      fail(error);
      setBusy(false);
    }
  };

  return (
    <form onSubmit={(event) => void submit(event)}>
      <Form
        header={<Header variant="h1">Create private repository</Header>}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button formAction="none" variant="link" onClick={() => void navigate("/repositories")}>
              Cancel
            </Button>
            <Button variant="primary" loading={busy}>
              Create
            </Button>
          </SpaceBetween>
        }
      >
        <SpaceBetween size="l">
          <Container header={<Header variant="h2">General settings</Header>}>
            <NameField value={name} onChange={setName} error={tried && !valid ? "This is no repository name." : ""} prefix="" />
          </Container>
          <SettingsFields settings={settings} onChange={setSettings} />
          <Container header={<Header variant="h2">Encryption</Header>}>
            <SpaceBetween size="l">
              <FormField label="Configuration" description="It is kept with the repository and cannot be changed later.">
                <RadioGroup
                  value={encryption}
                  onChange={(event) => setEncryption(event.detail.value as "AES256" | "KMS")}
                  items={[
                    { value: "AES256", label: "AES-256" },
                    { value: "KMS", label: "AWS KMS" },
                  ]}
                />
              </FormField>
              {encryption === "KMS" ? (
                <FormField label="Key ARN - optional">
                  <Input value={kmsKey} onChange={(event) => setKmsKey(event.detail.value)} spellcheck={false} />
                </FormField>
              ) : null}
            </SpaceBetween>
          </Container>
          <Container header={<Header variant="h2">Tags</Header>}>
            <AttributeEditor
              items={tags}
              empty="No tags"
              addButtonText="Add tag"
              removeButtonText="Remove"
              disableAddButton={tags.length >= 50}
              onAddButtonClick={() => setTags([...tags, { key: "", value: "" }])}
              onRemoveButtonClick={(event) => setTags(tags.filter((_, index) => index !== event.detail.itemIndex))}
              definition={[
                { label: "Key", control: (tag, index) => <Input value={tag.key} ariaLabel="Key" onChange={(event) => setTags(tags.map((one, at) => (at === index ? { ...one, key: event.detail.value } : one)))} /> },
                { label: "Value - optional", control: (tag, index) => <Input value={tag.value} ariaLabel="Value" onChange={(event) => setTags(tags.map((one, at) => (at === index ? { ...one, value: event.detail.value } : one)))} /> },
              ]}
            />
          </Container>
        </SpaceBetween>
      </Form>
    </form>
  );
}
