/** What a repository is created with, and what of it can be changed later. */
import type { EncryptionConfiguration, ImageTagMutability } from "@aws-sdk/client-ecr";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import Toggle from "@cloudscape-design/components/toggle";

export interface RepositorySettings {
  mutability: "MUTABLE" | "IMMUTABLE";
  exclusions: string;
  scanOnPush: boolean;
}

export const DEFAULTS: RepositorySettings = { mutability: "MUTABLE", exclusions: "", scanOnPush: false };

export function readSettings(mutability: ImageTagMutability | undefined, filters: string[], scanOnPush: boolean): RepositorySettings {
  return {
    mutability: mutability?.startsWith("IMMUTABLE") ? "IMMUTABLE" : "MUTABLE",
    exclusions: filters.join("\n"),
    scanOnPush,
  };
}

/** The parameters that CreateRepository and PutImageTagMutability take. */
export function mutabilityParameters(settings: RepositorySettings) {
  const filters = settings.exclusions.split(/\s+/).filter(Boolean);
  if (filters.length === 0) return { imageTagMutability: settings.mutability };
  return {
    imageTagMutability: `${settings.mutability}_WITH_EXCLUSION` as const,
    imageTagMutabilityExclusionFilters: filters.map((filter) => ({ filter, filterType: "WILDCARD" as const })),
  };
}

/** How a repository is encrypted; the key only with KMS, and even then it may be left to the service. */
export interface Encryption {
  type: "AES256" | "KMS";
  key: string;
}

export function readEncryption(given: EncryptionConfiguration | undefined): Encryption {
  return { type: given?.encryptionType?.startsWith("KMS") ? "KMS" : "AES256", key: given?.kmsKey ?? "" };
}

export function encryptionParameters({ type, key }: Encryption) {
  return { encryptionType: type, kmsKey: type === "KMS" && key ? key : undefined };
}

interface Props {
  settings: RepositorySettings;
  onChange: (settings: RepositorySettings) => void;
}

export function MutabilityFields({ settings, onChange }: Props) {
  const opposite = settings.mutability === "MUTABLE" ? "immutable" : "mutable";
  return (
    <SpaceBetween size="l">
      <FormField label="Tag mutability">
        <RadioGroup
          value={settings.mutability}
          onChange={(event) => onChange({ ...settings, mutability: event.detail.value as RepositorySettings["mutability"] })}
          items={[
            { value: "MUTABLE", label: "Mutable", description: "A push can move a tag to another image." },
            { value: "IMMUTABLE", label: "Immutable", description: "A tag stays with the image that it was first given to." },
          ]}
        />
      </FormField>
      <FormField label="Exclusions - optional" description={`Tags that match one of these are ${opposite}. One filter a line; * stands for any characters.`}>
        <Textarea value={settings.exclusions} onChange={(event) => onChange({ ...settings, exclusions: event.detail.value })} rows={3} placeholder={"latest\ndev-*"} />
      </FormField>
    </SpaceBetween>
  );
}

export function EncryptionFields({ encryption, onChange, about }: { encryption: Encryption; onChange: (encryption: Encryption) => void; about: string }) {
  return (
    <SpaceBetween size="l">
      <FormField label="Encryption" description={about}>
        <RadioGroup
          value={encryption.type}
          onChange={(event) => onChange({ ...encryption, type: event.detail.value as Encryption["type"] })}
          items={[
            { value: "AES256", label: "AES-256" },
            { value: "KMS", label: "AWS KMS" },
          ]}
        />
      </FormField>
      {encryption.type === "KMS" ? (
        <FormField label="Key ARN - optional">
          <Input value={encryption.key} onChange={(event) => onChange({ ...encryption, key: event.detail.value.trim() })} spellcheck={false} />
        </FormField>
      ) : null}
    </SpaceBetween>
  );
}

export function SettingsFields({ settings, onChange }: Props) {
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">Image tags</Header>}>
        <MutabilityFields settings={settings} onChange={onChange} />
      </Container>
      <Container header={<Header variant="h2">Image scanning</Header>}>
        <FormField description="The registry's scanning rules go before this setting.">
          <Toggle checked={settings.scanOnPush} onChange={(event) => onChange({ ...settings, scanOnPush: event.detail.checked })}>
            Scan images when they are pushed
          </Toggle>
        </FormField>
      </Container>
    </SpaceBetween>
  );
}

export function NameField({ value, onChange, error, prefix }: { value: string; onChange: (value: string) => void; error: string; prefix: string }) {
  return (
    <FormField label="Repository name" description="A namespace may stand before the name, as in team-a/web-app." constraintText="2 to 256 lower-case letters, digits and . _ - /" errorText={error} secondaryControl={<span>{prefix}</span>}>
      <Input value={value} onChange={(event) => onChange(event.detail.value)} placeholder="team-a/web-app" spellcheck={false} autoFocus />
    </FormField>
  );
}
