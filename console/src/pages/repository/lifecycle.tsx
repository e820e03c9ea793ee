/** The repository's lifecycle policy: a draft of rules, tested before it is saved. */
import { DeleteLifecyclePolicyCommand, GetLifecyclePolicyCommand, PutLifecyclePolicyCommand } from "@aws-sdk/client-ecr";
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useEffect, useState } from "react";

import { useClients } from "../../app/clients";
import { isNamed } from "../../app/errors";
import { useNotices } from "../../app/notices";
import { Problem } from "../../app/problem";
import { useQuery } from "../../app/queries";
import { Confirm } from "../../shared/confirm";
import { moment } from "../../shared/format";
import { JsonEditor } from "../../shared/json-editor";
import { LifecycleHistory } from "./lifecycle-history";
import { LifecyclePreview } from "./lifecycle-preview";
import { LifecycleRuleForm } from "./lifecycle-rule-form";
import { LifecycleRules } from "./lifecycle-rules-table";
import { NEW_RULE, nextPriority, readRules, type Rule, writeRules } from "./lifecycle-rules";
import { jsonError, prettyJson } from "../../shared/json";

interface Held {
  text: string;
  evaluated: Date | undefined;
}

type Editing = { rule: Rule; index: number | null } | null;

export function LifecycleTab({ name }: { name: string }) {
  const { ecr } = useClients();
  const { succeed, fail } = useNotices();
  const { data, error, reload } = useQuery<Held>(async () => {
    try {
      const answer = await ecr.send(new GetLifecyclePolicyCommand({ repositoryName: name }));
      return { text: prettyJson(answer.lifecyclePolicyText ?? ""), evaluated: answer.lastEvaluatedAt };
    } catch (failure) {
      if (isNamed(failure, "LifecyclePolicyNotFoundException")) return { text: "", evaluated: undefined };
      throw failure;
    }
  }, [ecr, name]);
  const [draft, setDraft] = useState("");
  const [view, setView] = useState("rules");
  const [editing, setEditing] = useState<Editing>(null);
  const [deleting, setDeleting] = useState(false);
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<unknown>();
  useEffect(() => setDraft(data?.text ?? ""), [data]);
  if (error) return <Problem error={error} retry={reload} />;
  if (!data) return <StatusIndicator type="loading">Loading the lifecycle policy</StatusIndicator>;

  const wrong = draft.trim() ? jsonError(draft) : "";
  const rules = wrong ? [] : readRules(draft);
  const changed = draft !== data.text;
  const put = (next: Rule[]) => {
    setRefusal(undefined);
    setDraft(next.length > 0 ? writeRules(next) : "");
  };
  const save = async () => {
    setBusy(true);
    setRefusal(undefined);
    try {
      await ecr.send(new PutLifecyclePolicyCommand({ repositoryName: name, lifecyclePolicyText: draft }));
      succeed(`The lifecycle policy of ${name} was saved.`);
      reload();
    } catch (failure) {
      setRefusal(failure);
    }
    setBusy(false);
  };
  const remove = async () => {
    try {
      await ecr.send(new DeleteLifecyclePolicyCommand({ repositoryName: name }));
      succeed(`The lifecycle policy of ${name} was deleted.`);
    } catch (failure) {
      fail(failure);
    }
    setDeleting(false);
    reload();
  };
  const keep = (rule: Rule) => {
    put(editing?.index == null ? [...rules, rule] : rules.map((one, index) => (index === editing.index ? rule : one)));
    setEditing(null);
  };
  return (
    <SpaceBetween size="l">
      {changed ? (
        <Alert type="info">
          What you see is a draft: nothing is applied before you save it.
          {draft.trim() ? "" : " A policy without rules cannot be saved; delete the policy instead."}
        </Alert>
      ) : null}
      {refusal ? <Problem error={refusal} /> : null}
      <Header
        variant="h2"
        description={data.evaluated ? `Last evaluated ${moment(data.evaluated)}` : data.text ? "Not evaluated yet" : "There is no policy: images stay until somebody deletes them."}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <SegmentedControl
              selectedId={view}
              label="How the policy is shown"
              options={[
                { id: "rules", text: "Rules", disabled: Boolean(wrong) },
                { id: "json", text: "JSON" },
              ]}
              onChange={(event) => setView(event.detail.selectedId)}
            />
            <Button disabled={!data.text} onClick={() => setDeleting(true)}>
              Delete policy
            </Button>
            <Button disabled={!changed} onClick={() => { setRefusal(undefined); setDraft(data.text); }}>
              Discard changes
            </Button>
            <Button variant="primary" loading={busy} disabled={!changed || Boolean(wrong) || !draft.trim()} onClick={() => void save()}>
              Save
            </Button>
          </SpaceBetween>
        }
      >
        Lifecycle policy
      </Header>
      {view === "json" || wrong ? (
        <Container>
          <JsonEditor label="Lifecycle policy JSON" value={draft} onChange={setDraft} error={wrong} />
        </Container>
      ) : (
        <LifecycleRules
          rules={rules}
          onCreate={() => setEditing({ rule: { ...NEW_RULE, priority: nextPriority(rules) }, index: null })}
          onEdit={(index) => {
            const rule = rules[index];
            if (rule) setEditing({ rule, index });
          }}
          onRemove={(index) => put(rules.filter((_, at) => at !== index))}
        />
      )}
      <LifecyclePreview name={name} text={draft} disabled={Boolean(wrong) || !draft.trim()} />
      <LifecycleHistory name={name} />
      {editing ? (
        <LifecycleRuleForm
          rule={editing.rule}
          title={editing.index === null ? "Create a rule" : "Edit the rule"}
          taken={rules.filter((_, index) => index !== editing.index).map((rule) => rule.priority)}
          onClose={() => setEditing(null)}
          onDone={keep}
        />
      ) : null}
      {deleting ? (
        <Confirm title="Delete the lifecycle policy?" action="Delete" onConfirm={remove} onClose={() => setDeleting(false)}>
          Images of <Box variant="strong">{name}</Box> no longer expire by themselves.
        </Confirm>
      ) : null}
    </SpaceBetween>
  );
}
