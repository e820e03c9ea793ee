/** Creating a repository. */
import { CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import AttributeEditor from "@cloudscape-design/components/attribute-editor";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Form from "@cloudscape-design/components/form";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type FormEvent, useState } from "react";
import { useNavigate } from "react-router-dom";

import { useClients } from "../../app/clients";
import { useNotices } from "../../app/notices";
import { repositoryPath } from "../../shared/links";
import { DEFAULTS, EncryptionFields, encryptionParameters, mutabilityParameters, NameField, readEncryption, SettingsFields } from "./settings-form";

const NAME = /^(?:[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*\/)*[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;

export default function CreateRepositoryPage() {
  const { ecr } = useClients();
  const { succeed, fail } = useNotices();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [settings, setSettings] = useState(DEFAULTS);
  const [encryption, setEncryption] = useState(readEncryption(undefined));
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
          encryptionConfiguration: encryptionParameters(encryption),
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
            <EncryptionFields encryption={encryption} onChange={setEncryption} about="It is kept with the repository and cannot be changed later." />
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
