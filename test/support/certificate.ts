/**
 * A key and a certificate for `localhost`, `127.0.0.1` and `::1`, signed by itself, valid from 2020 for 100 years: for servers
 * of tests only. A client trusts it by `ca: certificate.cert`. OpenSSL made it (elliptic curve P-256), since Node cannot.
 */
export const certificate = {
  key: `\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgZlb6nyvyHpb7lcPG
nxBDUkLcz8sDOrFHEkzAXGuMr8KhRANCAASsbLTs9w2Y7q+2XcjlsQGHRnpixe3B
KOyPCWpWwlA46bFxzT0yRXUzbYAvsX8cfTSVdagWpAqFXjM+UTfoT6My
-----END PRIVATE KEY-----
`,
  cert: `\
-----BEGIN CERTIFICATE-----
MIIBejCCAR+gAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv
c3QwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBQxEjAQBgNVBAMM
CWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABKxstOz3DZjur7Zd
yOWxAYdGemLF7cEo7I8JalbCUDjpsXHNPTJFdTNtgC+xfxx9NJV1qBakCoVeMz5R
N+hPozKjYDBeMCwGA1UdEQQlMCOCCWxvY2FsaG9zdIcEfwAAAYcQAAAAAAAAAAAA
AAAAAAAAATAPBgNVHRMBAf8EBTADAQH/MB0GA1UdDgQWBBTbatUpKhNxmTgM1Dbq
L99CCgdIyDAKBggqhkjOPQQDAgNJADBGAiEAswockbZ1KiJh6Zo1ooH2T2O3r5cX
fdj+X79fR3pZDR0CIQDmRIK7QFvFHiugJuEgMJmkKuVPTE0hgBXXxVhTFljf9A==
-----END CERTIFICATE-----
`,
} as const;
