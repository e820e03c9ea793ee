/** The tags of the repository itself (not of its images). */
import { type ECRClient, ListTagsForResourceCommand, TagResourceCommand, UntagResourceCommand } from "@aws-sdk/client-ecr";

import { useClients } from "../../app/clients";
import { TagsPanel, type TagStore } from "../../shared/tags-panel";

function storeOf(ecr: ECRClient, resourceArn: string): TagStore {
  return {
    list: async () => ((await ecr.send(new ListTagsForResourceCommand({ resourceArn }))).tags ?? []).map((tag) => ({ key: tag.Key ?? "", value: tag.Value ?? "" })),
    put: (tags) => ecr.send(new TagResourceCommand({ resourceArn, tags: tags.map((tag) => ({ Key: tag.key, Value: tag.value })) })),
    remove: (tagKeys) => ecr.send(new UntagResourceCommand({ resourceArn, tagKeys })),
  };
}

export function TagsTab({ arn }: { arn: string }) {
  const { ecr } = useClients();
  return <TagsPanel store={storeOf(ecr, arn)} of={[ecr, arn]} saved="The repository's tags were saved." about="Labels of the repository itself, for policies and bookkeeping." />;
}
