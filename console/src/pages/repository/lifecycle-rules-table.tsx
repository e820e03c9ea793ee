/** The rules of a lifecycle policy as a table. */
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";

import { describeAction, describeCount, describeScope, type Rule } from "./lifecycle-rules";

interface Props {
  rules: Rule[];
  onCreate: () => void;
  onEdit: (index: number) => void;
  onRemove: (index: number) => void;
}

export function LifecycleRules({ rules, onCreate, onEdit, onRemove }: Props) {
  return (
    <Table
      items={rules.map((rule, index) => ({ rule, index }))}
      wrapLines
      ariaLabels={{ tableLabel: "Lifecycle rules" }}
      columnDefinitions={[
        { id: "priority", header: "Priority", cell: ({ rule }) => rule.priority, isRowHeader: true, width: 100 },
        { id: "description", header: "Description", cell: ({ rule }) => rule.description || "–" },
        { id: "scope", header: "Images", cell: ({ rule }) => describeScope(rule) },
        { id: "count", header: "Criteria", cell: ({ rule }) => describeCount(rule) },
        { id: "action", header: "Action", cell: ({ rule }) => describeAction(rule.action), minWidth: 100 },
        {
          id: "change",
          header: "Change",
          minWidth: 170,
          cell: ({ rule, index }) => (
            <SpaceBetween direction="horizontal" size="m">
              <Button variant="inline-link" ariaLabel={`Edit rule ${rule.priority}`} onClick={() => onEdit(index)}>
                Edit
              </Button>
              <Button variant="inline-link" ariaLabel={`Remove rule ${rule.priority}`} onClick={() => onRemove(index)}>
                Remove
              </Button>
            </SpaceBetween>
          ),
        },
      ]}
      empty={
        <Box textAlign="center">
          <SpaceBetween size="s">
            <span>No rules</span>
            <Button onClick={onCreate}>Create a rule</Button>
          </SpaceBetween>
        </Box>
      }
      header={
        <Header variant="h3" counter={`(${rules.length})`} actions={<Button onClick={onCreate}>Create rule</Button>}>
          Rules
        </Header>
      }
    />
  );
}
