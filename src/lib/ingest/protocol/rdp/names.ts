/** Names of MS-RDPBCGR's numbers, of builds of clients, and of Windows' keyboard layouts, with Zeek's words. */

type Names = Readonly<Record<number, string>>;

export const BUILDS: Names = {
  419: 'RDP 4.0',
  2195: 'RDP 5.0',
  2221: 'RDP 5.0',
  2600: 'RDP 5.1',
  3790: 'RDP 5.2',
  6000: 'RDP 6.0',
  6001: 'RDP 6.1',
  6002: 'RDP 6.2',
  7600: 'RDP 7.0',
  7601: 'RDP 7.1',
  9200: 'RDP 8.0',
  9600: 'RDP 8.1',
  25189: 'RDP 8.0 (Mac)',
  25282: 'RDP 8.0 (Mac)',
};
export const SECURITY: Names = { 0: 'RDP', 1: 'SSL', 2: 'HYBRID', 4: 'RDSTLS', 8: 'HYBRID_EX' };
export const FAILURES: Names = {
  1: 'SSL_REQUIRED_BY_SERVER',
  2: 'SSL_NOT_ALLOWED_BY_SERVER',
  3: 'SSL_CERT_NOT_ON_SERVER',
  4: 'INCONSISTENT_FLAGS',
  5: 'HYBRID_REQUIRED_BY_SERVER',
  6: 'SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER',
};
export const CERTIFICATES: Names = { 1: 'RSA', 2: 'X.509' };
export const METHODS: Names = { 0: 'None', 1: '40bit', 2: '128bit', 8: '56bit', 16: 'FIPS' };
export const LEVELS: Names = { 0: 'None', 1: 'Low', 2: 'Client compatible', 3: 'High', 4: 'FIPS' };
export const DEPTHS: Names = { 4: '4bit', 8: '8bit', 15: '15bit', 16: '16bit', 24: '24bit' };
export const RESULTS: Names = {
  0: 'Success',
  1: 'User rejected',
  2: 'Resources not available',
  3: 'Rejected for symmetry breaking',
  4: 'Locked conference',
};

export const KEYBOARDS: ReadonlyMap<number, string> = new Map(
  `1025 Arabic - Saudi Arabia|1026 Bulgarian|1027 Catalan|1028 Chinese - Taiwan|1029 Czech|1030 Danish|1031 German - Germany|1032 Greek|1033 English - United States|1034 Spanish - Spain (Traditional Sort)|1035 Finnish|1036 French - France|1037 Hebrew|1038 Hungarian|1039 Icelandic|1040 Italian - Italy|1041 Japanese|1042 Korean|1043 Dutch - Netherlands|1044 Norwegian (Bokmal)|1045 Polish|1046 Portuguese - Brazil|1048 Romanian|1049 Russian|1050 Croatian|1051 Slovak|1052 Albanian - Albania|1053 Swedish|1054 Thai|1055 Turkish|1056 Urdu|1057 Indonesian|1058 Ukrainian|1059 Belarusian|1060 Slovenian|1061 Estonian|1062 Latvian|1063 Lithuanian|1065 Farsi|1066 Vietnamese|1067 Armenian - Armenia|1069 Basque|1071 FYRO Macedonian|1078 Afrikaans - South Africa|1079 Georgian|1081 Hindi|1082 Maltese|1086 Malay - Malaysia|1087 Kazakh|1092 Tatar|1094 Punjabi|1097 Tamil|1098 Telugu|1106 Welsh|1107 Khmer|1108 Lao|1110 Galician|2052 Chinese - People's Republic of China|2055 German - Switzerland|2057 English - United Kingdom|2058 Spanish - Mexico|2060 French - Belgium|2064 Italian - Switzerland|2067 Dutch - Belgium|2068 Norwegian (Nynorsk)|2070 Portuguese - Portugal|2074 Serbian (Latin)|2077 Swedish - Finland|3076 Chinese - Hong Kong SAR|3079 German - Austria|3081 English - Australia|3082 Spanish - Spain (Modern Sort)|3084 French - Canada|3098 Serbian (Cyrillic)|4100 Chinese - Singapore|4105 English - Canada|4108 French - Switzerland|5129 English - New Zealand|6153 English - Ireland|7177 English - South Africa|11274 Spanish - Argentina|16393 English - India|58380 French - North Africa`
    .split('|')
    .map((entry): [number, string] => {
      const space = entry.indexOf(' ');
      return [Number(entry.slice(0, space)), entry.slice(space + 1)];
    }),
);

export const named = (names: Names, value: number, otherwise: string): string =>
  names[value] ?? `${otherwise}-${value}`;
