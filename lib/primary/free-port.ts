/** A port on which nobody listens now. @throws Node's error, for a host that is not of this machine */
export function freePort(host: string | undefined): Promise<number> {
  const server = process.getBuiltinModule('node:net').createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: 0, ...(host !== undefined && { host }), exclusive: true }, () => {
      const address = server.address();
      const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
      server.close(() => resolve(port));
    });
  });
}
