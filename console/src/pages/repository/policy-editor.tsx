/** Editing a repository's policy; the server says what is wrong with it. */
import { SetRepositoryPolicyCommand } from "@aws-sdk/client-ecr";
import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";

import { useClients } from "../../app/clients";
import { useNotices } from "../../app/notices";
import { Problem } from "../../app/problem";
import { useSignedIn } from "../../app/session";
import { JsonEditor } from "../../shared/json-editor";
import { jsonError, prettyJson } from "../../shared/json";
import { ACTION_SETS, examples, type Statement, withStatement } from "./policy-examples";

interface Props {
  name: string;
  text: string;
  onClose: () => void;
  onDone: () => void;
}

export function PolicyEditor({ name, text, onClose, onDone }: Props) {
  const { ecr } = useClients();
  const { account } = useSignedIn();
  const { succeed } = useNotices();
  const [draft, setDraft] = useState(text);
  const [force, setForce] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const wrong = draft.trim() ? jsonError(draft) : "";
  const ready = examples(account);

  const add = (statement: Statement) => {
    setError(undefined);
    setDraft(withStatement(draft, statement));
  };
  const save = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await ecr.send(new SetRepositoryPolicyCommand({ repositoryName: name, policyText: draft, force }));
      succeed(`The policy of ${name} was saved.`);
      onDone();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button variant="link" onClick={onClose}>
                Cancel
              </Button>
              <Button disabled={Boolean(wrong) || !draft.trim()} onClick={() => setDraft(prettyJson(draft))}>
                Format
              </Button>
              <ButtonDropdown
                disabled={Boolean(wrong)}
                items={ready.map(({ id, text: label }) => ({ id, text: label }))}
                onItemClick={(event) => {
                  const chosen = ready.find((one) => one.id === event.detail.id);
                  if (chosen) add(chosen.statement);
                }}
              >
                Add an example
              </ButtonDropdown>
              <Button variant="primary" loading={busy} disabled={Boolean(wrong) || !draft.trim()} onClick={() => void save()}>
                Save
              </Button>
            </SpaceBetween>
          }
        >
          {text ? "Edit the policy" : "Create a policy"}
        </Header>
      }
    >
      <SpaceBetween size="l">
        {error ? <Problem error={error} /> : null}
        <ExpandableSection headerText="Add a statement by a form" defaultExpanded={!text}>
          {wrong ? <Alert type="info">First mend the JSON below.</Alert> : <StatementForm account={account} onAdd={add} />}
        </ExpandableSection>
        <JsonEditor label="Policy JSON" description="The repository is meant by itself: statements name no resource." value={draft} onChange={setDraft} error={wrong} />
        <Checkbox checked={force} onChange={(event) => setForce(event.detail.checked)} description="Without it, a policy that keeps you from changing it again is refused.">
          Save it even if it locks me out
        </Checkbox>
      </SpaceBetween>
    </Container>
  );
}

const EFFECTS = [
  { value: "Allow", label: "Allow" },
  { value: "Deny", label: "Deny" },
];

function StatementForm({ account, onAdd }: { account: string; onAdd: (statement: Statement) => void }) {
  const [sid, setSid] = useState("");
  const [effect, setEffect] = useState("Allow");
  const [everyone, setEveryone] = useState(false);
  const [principals, setPrincipals] = useState("");
  const [actions, setActions] = useState("pull");
  const names = principals.split(/[\s,]+/).filter(Boolean);
  const chosen = ACTION_SETS.find((one) => one.value === actions);
  const add = () => {
    const arns = names.map((one) => (/^\d{12}$/.test(one) ? `arn:aws:iam::${one}:root` : one));
    onAdd({
      ...(sid ? { Sid: sid } : {}),
      Effect: effect,
      Principal: everyone ? "*" : { AWS: arns.length === 1 ? arns[0] : arns },
      Action: chosen?.actions ?? [],
    });
    setSid("");
  };
  return (
    <SpaceBetween size="m">
      <FormField label="Statement ID - optional" constraintText="Letters and digits.">
        <Input value={sid} onChange={(event) => setSid(event.detail.value)} spellcheck={false} />
      </FormField>
      <FormField label="Effect">
        <Select selectedOption={EFFECTS.find((one) => one.value === effect) ?? null} options={EFFECTS} onChange={(event) => setEffect(event.detail.selectedOption.value ?? "Allow")} />
      </FormField>
      <Checkbox checked={everyone} onChange={(event) => setEveryone(event.detail.checked)}>
        Everyone
      </Checkbox>
      {everyone ? null : (
        <FormField label="Principals" description="Account IDs, or ARNs of users and roles; one a line.">
          <Textarea rows={3} value={principals} onChange={(event) => setPrincipals(event.detail.value)} spellcheck={false} placeholder={`${account}\narn:aws:iam::${account}:user/ci`} />
        </FormField>
      )}
      <FormField label="Actions" constraintText={chosen?.actions.join(", ")}>
        <Select
          selectedOption={chosen ? { value: chosen.value, label: chosen.label } : null}
          options={ACTION_SETS.map(({ value, label }) => ({ value, label }))}
          onChange={(event) => setActions(event.detail.selectedOption.value ?? "pull")}
        />
      </FormField>
      <Button iconName="add-plus" disabled={!everyone && names.length === 0} onClick={add}>
        Add the statement
      </Button>
    </SpaceBetween>
  );
}
