/** The smallest useful rule of each language: what an empty editor shows until something is written. */

const SURICATA = `alert http any any -> any any (msg:"Admin page asked for"; flow:established,to_server; http.uri; content:"/admin"; startswith; nocase; classtype:web-application-attack; sid:1000001; rev:1;)`;

const SIGMA = `title: Admin page asked for
id: 00000000-0000-4000-8000-000000000001
level: medium
logsource: { category: proxy }
detection:
  page:
    c-uri|startswith: '/admin'
  condition: page`;

const SIGNATURES = `[
  {
    "signature_id": "MY-1",
    "description": "Admin page asked for",
    "pattern": "GET /admin",
    "severity": "Medium",
    "type": "web-attack",
    "protocol": "tcp"
  }
]`;

const YARA = `rule windows_program {
  strings:
    $dos = "This program cannot be run in DOS mode"
  condition:
    $dos
}`;

/** By the file's ending; '' for languages without one, such as lists of indicators. */
export function exampleOf(name: string): string {
  if (name.endsWith('.rules')) return SURICATA;
  if (/\.ya?ml$/u.test(name)) return SIGMA;
  if (name.endsWith('.json')) return SIGNATURES;
  return /\.yara?$/u.test(name) ? YARA : '';
}
