/** Pull-through cache rules: what is pulled from other registries on demand, and kept. */
import { CreatePullThroughCacheRuleCommand, DeletePullThroughCacheRuleCommand, DescribePullThroughCacheRulesCommand, type PullThroughCacheRule, type UpstreamRegistry, ValidatePullThroughCacheRuleCommand } from "@aws-sdk/client-ecr";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import { useState } from "react";

import { useClients } from "../../app/clients";
import { useNotices } from "../../app/notices";
import { gather, useQuery } from "../../app/queries";
import type { Columns } from "../../shared/data-table";
import { FormModal } from "../../shared/form-modal";
import { moment } from "../../shared/format";
import { RulesPage } from "../../shared/rules-page";

const UPSTREAMS: { value: UpstreamRegistry | "other"; label: string; url: string }[] = [
  { value: "ecr-public", label: "ECR Public", url: "public.ecr.aws" },
  { value: "docker-hub", label: "Docker Hub", url: "registry-1.docker.io" },
  { value: "quay", label: "Quay", url: "quay.io" },
  { value: "k8s", label: "Kubernetes", url: "registry.k8s.io" },
  { value: "github-container-registry", label: "GitHub Container Registry", url: "ghcr.io" },
  { value: "gitlab-container-registry", label: "GitLab Container Registry", url: "registry.gitlab.com" },
  { value: "other", label: "Another registry", url: "" },
];

const COLUMNS: Columns<PullThroughCacheRule> = [
  { id: "prefix", header: "Repository prefix", cell: (one) => one.ecrRepositoryPrefix, sortingField: "ecrRepositoryPrefix", isRowHeader: true },
  { id: "upstream", header: "Upstream registry", cell: (one) => one.upstreamRegistryUrl, sortingField: "upstreamRegistryUrl" },
  { id: "under", header: "Upstream prefix", cell: (one) => one.upstreamRepositoryPrefix ?? "–" },
  { id: "credentials", header: "Credentials", cell: (one) => one.credentialArn ?? "none" },
  { id: "created", header: "Created", cell: (one) => moment(one.createdAt), sortingField: "createdAt" },
];

export default function PullThroughPage() {
  const { ecr } = useClients();
  const { succeed, fail } = useNotices();
  const query = useQuery(
    () =>
      gather(
        (nextToken) => ecr.send(new DescribePullThroughCacheRulesCommand({ nextToken, maxResults: 1000 })),
        (page) => ({ items: page.pullThroughCacheRules, token: page.nextToken }),
      ),
    [ecr],
  );
  const validate = async (ecrRepositoryPrefix: string) => {
    try {
      const said = await ecr.send(new ValidatePullThroughCacheRuleCommand({ ecrRepositoryPrefix }));
      if (said.isValid) succeed(`The upstream registry of ${ecrRepositoryPrefix} answers.`);
      else fail(new Error(said.failure ?? "The upstream registry does not answer."));
    } catch (failure) {
      fail(failure);
    }
  };
  return (
    <RulesPage
      heading="Pull through cache"
      about="What is pulled under a rule's prefix comes from its upstream registry, and is kept here."
      title="Pull through cache rules"
      noun="rule"
      nouns="rules"
      columns={COLUMNS}
      query={query}
      trackBy="ecrRepositoryPrefix"
      nameOf={(one) => one.ecrRepositoryPrefix ?? ""}
      adding="Add rule"
      consequence="Images that were pulled stay; new ones are not fetched any more."
      remove={(ecrRepositoryPrefix) => ecr.send(new DeletePullThroughCacheRuleCommand({ ecrRepositoryPrefix }))}
      actions={(one) => (
        <Button disabled={!one} onClick={() => void validate(one?.ecrRepositoryPrefix ?? "")}>
          Validate
        </Button>
      )}
      dialog={(_, close, done) => <CreateRule onClose={close} onDone={(prefix) => done(`The rule ${prefix} was added.`)} />}
    />
  );
}

function CreateRule({ onClose, onDone }: { onClose: () => void; onDone: (prefix: string) => void }) {
  const { ecr } = useClients();
  const [upstream, setUpstream] = useState<string>("ecr-public");
  const [url, setUrl] = useState("");
  const [prefix, setPrefix] = useState("");
  const [under, setUnder] = useState("");
  const [credentials, setCredentials] = useState("");
  const known = UPSTREAMS.find((one) => one.value === upstream);
  const address = known?.url || url;
  return (
    <FormModal
      title="Add a pull through cache rule"
      action="Add"
      disabled={!prefix || !address}
      onClose={onClose}
      onSubmit={async () => {
        await ecr.send(
          new CreatePullThroughCacheRuleCommand({
            ecrRepositoryPrefix: prefix,
            upstreamRegistryUrl: address,
            upstreamRegistry: upstream === "other" ? undefined : (upstream as UpstreamRegistry),
            upstreamRepositoryPrefix: under || undefined,
            credentialArn: credentials || undefined,
          }),
        );
        onDone(prefix);
      }}
    >
      <FormField label="Upstream registry">
        <Select selectedOption={known ? { value: known.value, label: known.label } : null} options={UPSTREAMS.map(({ value, label, url: description }) => ({ value, label, description }))} onChange={(event) => setUpstream(event.detail.selectedOption.value ?? "other")} expandToViewport />
      </FormField>
      {upstream === "other" ? (
        <FormField label="Address" description="One of the hosts that the server was started with">
          <Input value={url} onChange={(event) => setUrl(event.detail.value.trim())} placeholder="registry.example.com" spellcheck={false} />
        </FormField>
      ) : null}
      <FormField label="Repository prefix" description="Repositories below it are caches; ROOT stands for all.">
        <Input value={prefix} onChange={(event) => setPrefix(event.detail.value.trim())} placeholder="docker-hub" spellcheck={false} />
      </FormField>
      <FormField label="Upstream prefix - optional">
        <Input value={under} onChange={(event) => setUnder(event.detail.value.trim())} spellcheck={false} />
      </FormField>
      <FormField label="ARN of credentials - optional" description="As `portside upstream-secret` printed it">
        <Input value={credentials} onChange={(event) => setCredentials(event.detail.value.trim())} spellcheck={false} />
      </FormField>
    </FormModal>
  );
}
