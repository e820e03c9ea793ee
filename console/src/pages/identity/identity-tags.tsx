/** The tags of a user or role, which policies can ask for. */
import { type IAMClient, ListRoleTagsCommand, ListUserTagsCommand, type Tag as IAMTag, TagRoleCommand, TagUserCommand, UntagRoleCommand, UntagUserCommand } from "@aws-sdk/client-iam";

import { useClients } from "../../app/clients";
import { gather } from "../../app/queries";
import { TagsPanel, type TagStore } from "../../shared/tags-panel";
import type { Holder } from "./boundary-panel";

const shown = (tag: IAMTag) => ({ key: tag.Key ?? "", value: tag.Value ?? "" });

function storeOf(iam: IAMClient, { kind, name }: Holder): TagStore {
  if (kind === "user")
    return {
      list: async () =>
        (
          await gather(
            (Marker) => iam.send(new ListUserTagsCommand({ UserName: name, Marker })),
            (page) => ({ items: page.Tags, token: page.Marker }),
          )
        ).map(shown),
      put: (tags) => iam.send(new TagUserCommand({ UserName: name, Tags: tags.map((tag) => ({ Key: tag.key, Value: tag.value })) })),
      remove: (TagKeys) => iam.send(new UntagUserCommand({ UserName: name, TagKeys })),
    };
  return {
    list: async () =>
      (
        await gather(
          (Marker) => iam.send(new ListRoleTagsCommand({ RoleName: name, Marker })),
          (page) => ({ items: page.Tags, token: page.Marker }),
        )
      ).map(shown),
    put: (tags) => iam.send(new TagRoleCommand({ RoleName: name, Tags: tags.map((tag) => ({ Key: tag.key, Value: tag.value })) })),
    remove: (TagKeys) => iam.send(new UntagRoleCommand({ RoleName: name, TagKeys })),
  };
}

export function IdentityTags({ holder }: { holder: Holder }) {
  const { iam } = useClients();
  return <TagsPanel store={storeOf(iam, holder)} of={[iam, holder.kind, holder.name]} saved={`The tags of ${holder.name} were saved.`} about={`Policies can ask for them: aws:PrincipalTag, when this ${holder.kind} acts.`} />;
}
