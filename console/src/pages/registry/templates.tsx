/** Repository creation templates: what repositories are like that come about by themselves. */
import { CreateRepositoryCreationTemplateCommand, DeleteRepositoryCreationTemplateCommand, DescribeRepositoryCreationTemplatesCommand, type RCTAppliedFor, type RepositoryCreationTemplate, UpdateRepositoryCreationTemplateCommand } from "@aws-sdk/client-ecr";
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";

import { useClients } from "../../app/clients";
import { gather, useQuery } from "../../app/queries";
import type { Columns } from "../../shared/data-table";
import { FormModal } from "../../shared/form-modal";
import { JsonEditor } from "../../shared/json-editor";
import { RulesPage } from "../../shared/rules-page";
import { EncryptionFields, encryptionParameters, MutabilityFields, mutabilityParameters, readEncryption, readSettings } from "../repositories/settings-form";
import { jsonError } from "../../shared/json";

const WAYS: { id: RCTAppliedFor; text: string }[] = [
  { id: "PULL_THROUGH_CACHE", text: "Pull through cache" },
  { id: "REPLICATION", text: "Replication" },
  { id: "CREATE_ON_PUSH", text: "Creation on push" },
];

const COLUMNS: Columns<RepositoryCreationTemplate> = [
  { id: "prefix", header: "Prefix", cell: (one) => one.prefix, sortingField: "prefix", isRowHeader: true },
  { id: "ways", header: "Applied for", cell: (one) => (one.appliedFor ?? []).map((way) => WAYS.find(({ id }) => id === way)?.text ?? way).join(", ") },
  { id: "mutability", header: "Tag mutability", cell: (one) => one.imageTagMutability, sortingField: "imageTagMutability" },
  { id: "encryption", header: "Encryption", cell: (one) => one.encryptionConfiguration?.encryptionType ?? "AES256" },
  { id: "about", header: "Description", cell: (one) => one.description || "–" },
];

export default function TemplatesPage() {
  const { ecr } = useClients();
  const query = useQuery(
    () =>
      gather(
        (nextToken) => ecr.send(new DescribeRepositoryCreationTemplatesCommand({ nextToken, maxResults: 1000 })),
        (page) => ({ items: page.repositoryCreationTemplates, token: page.nextToken }),
      ),
    [ecr],
  );
  return (
    <RulesPage
      heading="Repository creation templates"
      about="What repositories are like that are made by a push, by replication or by a cache."
      title="Templates"
      noun="template"
      nouns="templates"
      columns={COLUMNS}
      query={query}
      trackBy="prefix"
      nameOf={(one) => one.prefix ?? ""}
      adding="Create template"
      consequence="Repositories that were made by it stay as they are."
      remove={(prefix) => ecr.send(new DeleteRepositoryCreationTemplateCommand({ prefix }))}
      actions={(one, edit) => (
        <Button disabled={!one} onClick={() => (one ? edit(one) : undefined)}>
          Edit
        </Button>
      )}
      dialog={(given, close, done) => <EditTemplate given={given ?? {}} onClose={close} onDone={(prefix) => done(`The template ${prefix} was saved.`)} />}
    />
  );
}

function EditTemplate({ given, onClose, onDone }: { given: RepositoryCreationTemplate; onClose: () => void; onDone: (prefix: string) => void }) {
  const { ecr } = useClients();
  const [prefix, setPrefix] = useState(given.prefix ?? "");
  const [description, setDescription] = useState(given.description ?? "");
  const [ways, setWays] = useState<RCTAppliedFor[]>(given.appliedFor ?? ["CREATE_ON_PUSH"]);
  const [mutability, setMutability] = useState(() => readSettings(given.imageTagMutability, given.imageTagMutabilityExclusionFilters?.map((one) => one.filter ?? "") ?? [], false));
  const [encryption, setEncryption] = useState(() => readEncryption(given.encryptionConfiguration));
  const [role, setRole] = useState(given.customRoleArn ?? "");
  const [repositoryPolicy, setRepositoryPolicy] = useState(given.repositoryPolicy ?? "");
  const [lifecyclePolicy, setLifecyclePolicy] = useState(given.lifecyclePolicy ?? "");
  const wrong = (text: string) => (text.trim() ? jsonError(text) : "");
  const save = async () => {
    const settings = {
      prefix,
      description,
      appliedFor: ways,
      ...mutabilityParameters(mutability),
      encryptionConfiguration: encryptionParameters(encryption),
      customRoleArn: role,
      repositoryPolicy,
      lifecyclePolicy,
    };
    if (given.prefix) await ecr.send(new UpdateRepositoryCreationTemplateCommand(settings));
    else await ecr.send(new CreateRepositoryCreationTemplateCommand({ ...settings, customRoleArn: role || undefined, repositoryPolicy: repositoryPolicy || undefined, lifecyclePolicy: lifecyclePolicy || undefined }));
    onDone(prefix);
  };
  return (
    <FormModal large title={given.prefix ? `Edit the template ${given.prefix}` : "Create a template"} action="Save" disabled={!prefix || ways.length === 0 || Boolean(wrong(repositoryPolicy) || wrong(lifecyclePolicy))} onClose={onClose} onSubmit={save}>
      <FormField label="Prefix" description="Of the repositories that it is for; ROOT stands for all.">
        <Input value={prefix} disabled={Boolean(given.prefix)} onChange={(event) => setPrefix(event.detail.value.trim())} placeholder="team-a" spellcheck={false} />
      </FormField>
      <FormField label="Description - optional">
        <Input value={description} onChange={(event) => setDescription(event.detail.value)} />
      </FormField>
      <FormField label="Applied for">
        {WAYS.map(({ id, text }) => (
          <Checkbox key={id} checked={ways.includes(id)} onChange={(event) => setWays(event.detail.checked ? [...ways, id] : ways.filter((way) => way !== id))}>
            {text}
          </Checkbox>
        ))}
      </FormField>
      <MutabilityFields settings={mutability} onChange={setMutability} />
      <EncryptionFields encryption={encryption} onChange={setEncryption} about="Of the repositories that are made by the template." />
      <FormField label="Role ARN - optional" description="The role that makes the repositories; with AWS KMS there must be one.">
        <Input value={role} onChange={(event) => setRole(event.detail.value.trim())} placeholder="arn:aws:iam::123456789012:role/…" spellcheck={false} />
      </FormField>
      <JsonEditor label="Repository policy - optional" value={repositoryPolicy} onChange={setRepositoryPolicy} error={wrong(repositoryPolicy)} rows={6} />
      <JsonEditor label="Lifecycle policy - optional" value={lifecyclePolicy} onChange={setLifecyclePolicy} error={wrong(lifecyclePolicy)} rows={6} />
    </FormModal>
  );
}
