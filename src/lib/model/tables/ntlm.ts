import { column, optional, recordTable } from './record-table.ts';

/** Zeek's ntlm.log. */
export const NTLM = recordTable('ntlm', 'One row an NTLM logon inside SMB, HTTP, DCE/RPC, LDAP and others.', [
  column('username', 'text', 'the account', { ...optional, ecs: 'user.name' }),
  column('hostname', 'text', "the client's name of itself", { ...optional, ecs: 'source.domain' }),
  column('domainname', 'text', 'domain of the account', { ...optional, ecs: 'user.domain' }),
  column('server_nb_computer_name', 'text', "the server's NetBIOS name", optional),
  column('server_dns_computer_name', 'text', "the server's DNS name", optional),
  column('server_tree_name', 'text', "name of the server's forest", optional),
  column('success', 'bool', 'the server accepted the logon, where it said so', optional),
  column('version', 'text', 'ntlmv1, ntlmv2 or anonymous', optional),
]);
