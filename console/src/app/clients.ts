/** The AWS SDK's clients, for this server and whoever is signed in: the only way to any data. */
import { ECRClient } from "@aws-sdk/client-ecr";
import { IAMClient } from "@aws-sdk/client-iam";
import { STSClient } from "@aws-sdk/client-sts";
import { useMemo } from "react";

import { useSignedIn } from "./session";

export function useClients() {
  const { accessKeyId, secretAccessKey, sessionToken, region } = useSignedIn();
  return useMemo(() => {
    const options = {
      endpoint: location.origin,
      region,
      credentials: { accessKeyId, secretAccessKey, sessionToken },
      maxAttempts: 2,
    };
    return { ecr: new ECRClient(options), iam: new IAMClient(options), sts: new STSClient(options) };
  }, [accessKeyId, secretAccessKey, sessionToken, region]);
}
