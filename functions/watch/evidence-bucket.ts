/** The S3 bucket that keeps what runs came to (PutObject). */
import { domainSuffix, encodePart, sendSigned, type Sender } from '../shared/signed-request.ts';

/** Where reports are kept. */
export interface EvidenceBucket {
  readonly name: string;
  /** Writes the document, in place of one of the same key; throws ServiceRequestError when S3 did not take it. */
  put(key: string, document: unknown): Promise<void>;
}

/** The bucket of that name, at `endpoint` where S3 is not AWS's own; there its name is part of the path. */
export function createEvidenceBucket(sender: Sender, name: string, endpoint?: string): EvidenceBucket {
  const base =
    endpoint === undefined
      ? `https://${name}.s3.${sender.region}.${domainSuffix(sender.region)}`
      : `${endpoint.replace(/\/+$/, '')}/${encodePart(name)}`;
  return {
    name,
    put: async (key, document) => {
      await sendSigned(sender, {
        service: 's3',
        method: 'PUT',
        url: new URL(`${base}/${key.split('/').map(encodePart).join('/')}`),
        contentType: 'application/json',
        body: JSON.stringify(document, undefined, 2),
      });
    },
  };
}
