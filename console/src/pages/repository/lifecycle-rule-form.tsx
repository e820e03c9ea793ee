/** Making or changing one lifecycle rule. */
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import RadioGroup from "@cloudscape-design/components/radio-group";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";

import { ACTIONS, COUNT_TYPES, type Rule, TAG_STATUSES } from "./lifecycle-rules";

interface Props {
  rule: Rule;
  /** The priorities that other rules have. */
  taken: number[];
  title: string;
  onClose: () => void;
  onDone: (rule: Rule) => void;
}

const lines = (text: string) => text.split(/[\n,]+/).map((one) => one.trim()).filter(Boolean);

export function LifecycleRuleForm({ rule: given, taken, title, onClose, onDone }: Props) {
  const [rule, setRule] = useState(given);
  const [patterns, setPatterns] = useState(given.patterns.join("\n"));
  const [prefixes, setPrefixes] = useState(given.prefixes.join("\n"));
  const [tried, setTried] = useState(false);
  const change = (changed: Partial<Rule>) => setRule({ ...rule, ...changed });
  const priorityError = !(Number.isInteger(rule.priority) && rule.priority >= 1) ? "A whole number from 1 on." : taken.includes(rule.priority) ? "Another rule has this priority." : "";
  const countError = Number.isInteger(rule.count) && rule.count >= 1 ? "" : "A whole number from 1 on.";
  const tagsError = rule.tagStatus === "tagged" && lines(patterns).length + lines(prefixes).length === 0 ? "Say which tags: by patterns or by prefixes." : "";
  const submit = () => {
    setTried(true);
    if (!priorityError && !countError && !tagsError) onDone({ ...rule, patterns: lines(patterns), prefixes: lines(prefixes) });
  };
  return (
    <Modal
      visible
      size="large"
      header={title}
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" onClick={submit}>
              Keep the rule
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="l">
        <FormField label="Rule priority" description="Rules with lower numbers are applied first; an image falls to one rule only." errorText={tried ? priorityError : ""}>
          <Input type="number" inputMode="numeric" value={rule.priority ? String(rule.priority) : ""} onChange={(event) => change({ priority: Number(event.detail.value) })} />
        </FormField>
        <FormField label="Description - optional">
          <Input value={rule.description} onChange={(event) => change({ description: event.detail.value.slice(0, 256) })} />
        </FormField>
        <FormField label="Image status">
          <RadioGroup value={rule.tagStatus} items={[...TAG_STATUSES]} onChange={(event) => change({ tagStatus: event.detail.value })} />
        </FormField>
        {rule.tagStatus === "tagged" ? (
          <SpaceBetween size="l">
            <FormField label="Tag patterns" description="One a line; * stands for any characters. An image must match all of them." errorText={tried ? tagsError : ""}>
              <Textarea rows={3} value={patterns} spellcheck={false} placeholder="build-*" onChange={(event) => setPatterns(event.detail.value)} />
            </FormField>
            <FormField label="Tag prefixes" description="Instead of patterns: how the tags begin, one a line.">
              <Textarea rows={2} value={prefixes} spellcheck={false} onChange={(event) => setPrefixes(event.detail.value)} />
            </FormField>
          </SpaceBetween>
        ) : null}
        <Checkbox checked={rule.archived} onChange={(event) => change({ archived: event.detail.checked })}>
          Look at archived images
        </Checkbox>
        <FormField label="Match criteria">
          <Select
            selectedOption={COUNT_TYPES.find((one) => one.value === rule.countType) ?? null}
            options={[...COUNT_TYPES]}
            onChange={(event) => change({ countType: event.detail.selectedOption.value ?? rule.countType })}
          />
        </FormField>
        <FormField label={rule.countType === "imageCountMoreThan" ? "Images to keep" : "Days"} errorText={tried ? countError : ""}>
          <Input type="number" inputMode="numeric" value={rule.count ? String(rule.count) : ""} onChange={(event) => change({ count: Number(event.detail.value) })} />
        </FormField>
        <FormField label="Action">
          <RadioGroup value={rule.action} items={[...ACTIONS]} onChange={(event) => change({ action: event.detail.value })} />
        </FormField>
      </SpaceBetween>
    </Modal>
  );
}
