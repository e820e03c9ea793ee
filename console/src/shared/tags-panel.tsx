/** The tags of a thing (never those of images): changed as a draft, saved at once. */
import AttributeEditor from "@cloudscape-design/components/attribute-editor";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useEffect, useState } from "react";

import { useNotices } from "../app/notices";
import { Problem } from "../app/problem";
import { useQuery } from "../app/queries";

export interface Tag {
  key: string;
  value: string;
}

export interface TagStore {
  list: () => Promise<Tag[]>;
  put: (tags: Tag[]) => Promise<unknown>;
  remove: (keys: string[]) => Promise<unknown>;
}

const TAGS_MAX = 50;

/** `of` names whose tags they are; another one of it asks anew. */
export function TagsPanel({ store, of, saved, about }: { store: TagStore; of: unknown[]; saved: string; about: string }) {
  const { succeed } = useNotices();
  const { data, error, reload } = useQuery(store.list, of);
  const [tags, setTags] = useState<Tag[]>([]);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  useEffect(() => setTags(data ?? []), [data]);
  if (error) return <Problem error={error} retry={reload} />;
  if (!data) return <StatusIndicator type="loading">Loading tags</StatusIndicator>;

  const change = (index: number, changed: Partial<Tag>) => setTags(tags.map((one, at) => (at === index ? { ...one, ...changed } : one)));
  const keyError = (tag: Tag) => (!tag.key ? "A tag needs a key." : tags.filter((one) => one.key === tag.key).length > 1 ? "Another tag has this key." : undefined);
  const given = tags.filter((tag) => !data.some((old) => old.key === tag.key && old.value === tag.value));
  const dropped = data.filter((old) => !tags.some((tag) => tag.key === old.key));
  const save = async () => {
    setBusy(true);
    setFailure(undefined);
    try {
      if (dropped.length > 0) await store.remove(dropped.map((tag) => tag.key));
      if (given.length > 0) await store.put(given);
      succeed(saved);
      reload();
    } catch (said) {
      setFailure(said);
    } finally {
      setBusy(false);
    }
  };
  const unchanged = given.length === 0 && dropped.length === 0;
  return (
    <Container
      header={
        <Header
          variant="h2"
          counter={`(${data.length})`}
          description={about}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button disabled={unchanged} onClick={() => setTags(data)}>
                Discard changes
              </Button>
              <Button variant="primary" loading={busy} disabled={unchanged || tags.some(keyError)} onClick={() => void save()}>
                Save
              </Button>
            </SpaceBetween>
          }
        >
          Tags
        </Header>
      }
    >
      <SpaceBetween size="m">
        {failure ? <Problem error={failure} /> : null}
        <AttributeEditor
          items={tags}
          empty="No tags"
          addButtonText="Add tag"
          removeButtonText="Remove"
          removeButtonAriaLabel={(tag) => `Remove ${tag.key}`}
          disableAddButton={tags.length >= TAGS_MAX}
          onAddButtonClick={() => setTags([...tags, { key: "", value: "" }])}
          onRemoveButtonClick={(event) => setTags(tags.filter((_, index) => index !== event.detail.itemIndex))}
          definition={[
            { label: "Key", control: (tag, index) => <Input value={tag.key} ariaLabel={`Key ${index + 1}`} onChange={(event) => change(index, { key: event.detail.value })} />, errorText: (tag) => (tag.key || tag.value ? keyError(tag) : undefined) },
            { label: "Value - optional", control: (tag, index) => <Input value={tag.value} ariaLabel={`Value ${index + 1}`} onChange={(event) => change(index, { value: event.detail.value })} /> },
          ]}
        />
      </SpaceBetween>
    </Container>
  );
}
