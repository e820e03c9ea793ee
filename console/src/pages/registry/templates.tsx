/** Repository creation templates: what repositories are like that come about by themselves. */
import { CreateRepositoryCreationTemplateCommand, DeleteRepositoryCreationTemplateCommand, DescribeRepositoryCreationTemplatesCommand, type RCTAppliedFor, type RepositoryCreationTemplate, UpdateRepositoryCreationTemplateCommand } from "@aws-sdk/client-ecr";
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { useClients } from "../../app/clients";
import { useNotices } from "../../app/notices";
import { gather, useQuery } from "../../app/queries";
import { Confirm } from "../../shared/confirm";
import { type Columns, DataTable } from "../../shared/data-table";
import { FormModal } from "../../shared/form-modal";
import { JsonEditor } from "../../shared/json-editor";
import { jsonError } from "../repository/policy-examples";

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
  const { succeed, fail } = useNotices();
  const [editing, setEditing] = useState<RepositoryCreationTemplate>();
  const [deleting, setDeleting] = useState("");
  const { data, error, loading, reload } = useQuery(
    () =>
      gather(
        (nextToken) => ecr.send(new DescribeRepositoryCreationTemplatesCommand({ nextToken, maxResults: 1000 })),
        (page) => ({ items: page.repositoryCreationTemplates, token: page.nextToken }),
      ),
    [ecr],
  );
  const remove = async () => {
    try {
      await ecr.send(new DeleteRepositoryCreationTemplateCommand({ prefix: deleting }));
      succeed(`The template ${deleting} was deleted.`);
    } catch (failure) {
      fail(failure);
    }
    setDeleting("");
    reload();
  };
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description="What repositories are like that are made by a push, by replication or by a cache.">
        Repository creation templates
      </Header>
      <DataTable
        title="Templates"
        noun="templates"
        columns={COLUMNS}
        rows={data}
        loading={loading}
        error={error}
        reload={reload}
        trackBy="prefix"
        rowName={(one) => one.prefix ?? ""}
        sortedBy="prefix"
        selection="single"
        empty="No templates"
        actions={([one]) => (
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={!one} onClick={() => setDeleting(one?.prefix ?? "")}>
              Delete
            </Button>
            <Button disabled={!one} onClick={() => setEditing(one)}>
              Edit
            </Button>
            <Button variant="primary" onClick={() => setEditing({})}>
              Create template
            </Button>
          </SpaceBetween>
        )}
      />
      {editing ? (
        <EditTemplate
          given={editing}
          onClose={() => setEditing(undefined)}
          onDone={(prefix) => {
            setEditing(undefined);
            succeed(`The template ${prefix} was saved.`);
            reload();
          }}
        />
      ) : null}
      {deleting ? (
        <Confirm title={`Delete the template ${deleting}?`} action="Delete" onConfirm={remove} onClose={() => setDeleting("")}>
          Repositories that were made by it stay as they are.
        </Confirm>
      ) : null}
    </SpaceBetween>
  );
}

function EditTemplate({ given, onClose, onDone }: { given: RepositoryCreationTemplate; onClose: () => void; onDone: (prefix: string) => void }) {
  const { ecr } = useClients();
  const [prefix, setPrefix] = useState(given.prefix ?? "");
  const [description, setDescription] = useState(given.description ?? "");
  const [ways, setWays] = useState<RCTAppliedFor[]>(given.appliedFor ?? ["CREATE_ON_PUSH"]);
  const [mutable, setMutable] = useState(!given.imageTagMutability?.startsWith("IMMUTABLE"));
  const [repositoryPolicy, setRepositoryPolicy] = useState(given.repositoryPolicy ?? "");
  const [lifecyclePolicy, setLifecyclePolicy] = useState(given.lifecyclePolicy ?? "");
  const wrong = (text: string) => (text.trim() ? jsonError(text) : "");
  const exclusions = given.imageTagMutabilityExclusionFilters ?? [];
  const save = async () => {
    const settings = {
      prefix,
      description,
      appliedFor: ways,
      imageTagMutability: `${mutable ? "MUTABLE" : "IMMUTABLE"}${exclusions.length > 0 ? "_WITH_EXCLUSION" : ""}` as const,
      imageTagMutabilityExclusionFilters: exclusions.length > 0 ? exclusions : undefined,
      repositoryPolicy,
      lifecyclePolicy,
    };
    if (given.prefix) await ecr.send(new UpdateRepositoryCreationTemplateCommand(settings));
    else await ecr.send(new CreateRepositoryCreationTemplateCommand({ ...settings, repositoryPolicy: repositoryPolicy || undefined, lifecyclePolicy: lifecyclePolicy || undefined }));
    onDone(prefix);
  };
  const tags = [
    { value: "MUTABLE", label: "Mutable" },
    { value: "IMMUTABLE", label: "Immutable" },
  ];
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
      <FormField label="Tag mutability">
        <Select selectedOption={tags[mutable ? 0 : 1] ?? null} options={tags} onChange={(event) => setMutable(event.detail.selectedOption.value === "MUTABLE")} expandToViewport />
      </FormField>
      <JsonEditor label="Repository policy - optional" value={repositoryPolicy} onChange={setRepositoryPolicy} error={wrong(repositoryPolicy)} rows={6} />
      <JsonEditor label="Lifecycle policy - optional" value={lifecyclePolicy} onChange={setLifecyclePolicy} error={wrong(lifecyclePolicy)} rows={6} />
    </FormModal>
  );
}
