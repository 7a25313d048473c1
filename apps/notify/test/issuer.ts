import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { createServer } from 'node:http';
import { AddressInfo } from 'node:net';

/** Signs people's tokens as the gateway does, and shows its key set where the gateway shows its own. */
export const openIssuer = async () => {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
  const keySet = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'EdDSA', use: 'sig' }] });
  const server = createServer((_, reply) => void reply.setHeader('content-type', 'application/json').end(keySet));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tokenOf: (account: string): Promise<string> =>
      new SignJWT({})
        .setProtectedHeader({ alg: 'EdDSA', kid: 'k' })
        .setIssuer('xueji')
        .setAudience('xueji')
        .setSubject(account)
        .setIssuedAt()
        .setExpirationTime('10m')
        .sign(privateKey),
    close: (): Promise<void> => new Promise((resolve) => server.close(() => resolve())),
  };
};
