/**
 * Interfaces by UUID and their procedures by number, as the MS-* documents list them. A line: UUID, common name, procedures from 0 on;
 * `@n` goes on at n, `-` is a number without a name of its own.
 */
const LINES = `
367abb81-9844-35f1-ad32-98f038001003 svcctl CloseServiceHandle ControlService DeleteService LockServiceDatabase QueryServiceObjectSecurity SetServiceObjectSecurity QueryServiceStatus SetServiceStatus UnlockServiceDatabase NotifyBootConfigStatus - ChangeServiceConfigW CreateServiceW EnumDependentServicesW EnumServicesStatusW OpenSCManagerW OpenServiceW QueryServiceConfigW QueryServiceLockStatusW StartServiceW GetServiceDisplayNameW GetServiceKeyNameW - ChangeServiceConfigA CreateServiceA EnumDependentServicesA EnumServicesStatusA OpenSCManagerA OpenServiceA QueryServiceConfigA QueryServiceLockStatusA StartServiceA GetServiceDisplayNameA GetServiceKeyNameA - EnumServiceGroupW ChangeServiceConfig2A ChangeServiceConfig2W QueryServiceConfig2A QueryServiceConfig2W QueryServiceStatusEx EnumServicesStatusExA EnumServicesStatusExW - CreateServiceWOW64A CreateServiceWOW64W @47 NotifyServiceStatusChange GetNotifyResults CloseNotifyHandle ControlServiceExA ControlServiceExW @56 QueryServiceConfigEx @60 CreateWowService @64 OpenSCManager2
86d35949-83c9-4044-b424-db363231fd0c ITaskSchedulerService SchRpcHighestVersion SchRpcRegisterTask SchRpcRetrieveTask SchRpcCreateFolder SchRpcSetSecurity SchRpcGetSecurity SchRpcEnumFolder SchRpcEnumTasks SchRpcEnumInstances SchRpcGetInstanceInfo SchRpcStopInstance SchRpcStop SchRpcRun SchRpcDelete SchRpcRename SchRpcScheduledRuntimes SchRpcGetLastRunInfo SchRpcGetTaskInfo SchRpcGetNumberOfMissedRuns SchRpcEnableTask
378e52b0-c0a9-11cf-822d-00aa0051e40f sasec SASetAccountInformation SASetNSAccountInformation SAGetNSAccountInformation SAGetAccountInformation
1ff70682-0a51-30e8-076d-740be8cee98b atsvc NetrJobAdd NetrJobDel NetrJobEnum NetrJobGetInfo
afa8bd80-7d8a-11c9-bef4-08002b102989 mgmt inq_if_ids inq_stats is_server_listening stop_server_listening inq_princ_name
f5cc59b4-4264-101a-8c59-08002b2f8426 FrsRpc FrsRpcSendCommPkt FrsRpcVerifyPromotionParent FrsRpcStartPromotionParent FrsNOP @10 FrsRpcVerifyPromotionParentEx
000001a0-0000-0000-c000-000000000046 IRemoteSCMActivator QueryInterfaceIRemoteSCMActivator AddRefIRemoteISCMActivator ReleaseIRemoteISCMActivator RemoteGetClassObject RemoteCreateInstance
00000143-0000-0000-c000-000000000046 IRemUnknown2 QueryInterface AddRef Release RemQueryInterface RemAddRef RemRelease RemQueryInterface2
00000131-0000-0000-c000-000000000046 IRemUnknown QueryInterface AddRef Release RemQueryInterface RemAddRef RemRelease
4d9f4ab8-7d1c-11cf-861e-0020af6e7c57 IActivation RemoteActivation
99fcfec4-5260-101b-bbcb-00aa0021347a IObjectExporter ResolveOxid SimplePing ComplexPing ServerAlive ResolveOxid2 ServerAlive2
e1af8308-5d1f-11c9-91a4-08002b14a0fa epmapper ept_insert ept_delete ept_lookup ept_map ept_lookup_handle_free ept_inq_object ept_mgmt_delete ept_map_auth ept_map_auth_async
12345778-1234-abcd-ef00-0123456789ab lsarpc LsarClose LsarDelete LsarEnumeratePrivileges LsarQuerySecurityObject LsarSetSecurityObject LsarChangePassword LsarOpenPolicy LsarQueryInformationPolicy LsarSetInformationPolicy LsarClearAuditLog LsarCreateAccount LsarEnumerateAccounts LsarCreateTrustedDomain LsarEnumerateTrustedDomains LsarLookupNames LsarLookupSids LsarCreateSecret LsarOpenAccount LsarEnumeratePrivilegesAccount LsarAddPrivilegesToAccount LsarRemovePrivilegesFromAccount LsarGetQuotasForAccount LsarSetQuotasForAccount LsarGetSystemAccessAccount LsarSetSystemAccessAccount LsarOpenTrustedDomain LsarQueryInfoTrustedDomain LsarSetInformationTrustedDomain LsarOpenSecret LsarSetSecret LsarQuerySecret LsarLookupPrivilegeValue LsarLookupPrivilegeName LsarLookupPrivilegeDisplayName LsarDeleteObject LsarEnumerateAccountsWithUserRight LsarEnumerateAccountRights LsarAddAccountRights LsarRemoveAccountRights LsarQueryTrustedDomainInfo LsarSetTrustedDomainInfo LsarDeleteTrustedDomain LsarStorePrivateData LsarRetrievePrivateData LsarOpenPolicy2 LsarGetUserName LsarQueryInformationPolicy2 LsarSetInformationPolicy2 LsarQueryTrustedDomainInfoByName LsarSetTrustedDomainInfoByName LsarEnumerateTrustedDomainsEx LsarCreateTrustedDomainEx LsarCloseTrustedDomainEx LsarQueryDomainInformationPolicy LsarSetDomainInformationPolicy LsarOpenTrustedDomainByName LsarTestCall LsarLookupSids2 LsarLookupNames2 LsarCreateTrustedDomainEx2 @68 LsarLookupNames3 @73 LsarQueryForestTrustInformation LsarSetForestTrustInformation @76 LsarLookupSids3 LsarLookupNames4
12345778-1234-abcd-ef00-0123456789ac samr SamrConnect SamrCloseHandle SamrSetSecurityObject SamrQuerySecurityObject SamrShutdownSamServer SamrLookupDomainInSamServer SamrEnumerateDomainsInSamServer SamrOpenDomain SamrQueryInformationDomain SamrSetInformationDomain SamrCreateGroupInDomain SamrEnumerateGroupsInDomain SamrCreateUserInDomain SamrEnumerateUsersInDomain SamrCreateAliasInDomain SamrEnumerateAliasesInDomain SamrGetAliasMembership SamrLookupNamesInDomain SamrLookupIdsInDomain SamrOpenGroup SamrQueryInformationGroup SamrSetInformationGroup SamrAddMemberToGroup SamrDeleteGroup SamrRemoveMemberFromGroup SamrGetMembersInGroup SamrSetMemberAttributesOfGroup SamrOpenAlias SamrQueryInformationAlias SamrSetInformationAlias SamrDeleteAlias SamrAddMemberToAlias SamrRemoveMemberFromAlias SamrGetMembersInAlias SamrOpenUser SamrDeleteUser SamrQueryInformationUser SamrSetInformationUser SamrChangePasswordUser SamrGetGroupsForUser SamrQueryDisplayInformation SamrGetDisplayEnumerationIndex SamrTestPrivateFunctionsDomain SamrTestPrivateFunctionsUser SamrGetUserDomainPasswordInformation SamrRemoveMemberFromForeignDomain SamrQueryInformationDomain2 SamrQueryInformationUser2 SamrQueryDisplayInformation2 SamrGetDisplayEnumerationIndex2 SamrCreateUser2InDomain SamrQueryDisplayInformation3 SamrAddMultipleMembersToAlias SamrRemoveMultipleMembersFromAlias SamrOemChangePasswordUser2 SamrUnicodeChangePasswordUser2 SamrGetDomainPasswordInformation SamrConnect2 SamrSetInformationUser2 @62 SamrConnect4 - SamrConnect5 SamrRidToSid SamrSetDSRMPassword SamrValidatePassword
12345678-1234-abcd-ef00-01234567cffb netlogon NetrLogonUasLogon NetrLogonUasLogoff NetrLogonSamLogon NetrLogonSamLogoff NetrServerReqChallenge NetrServerAuthenticate NetrServerPasswordSet NetrDatabaseDeltas NetrDatabaseSync NetrAccountDeltas NetrAccountSync NetrGetDCName NetrLogonControl NetrGetAnyDCName NetrLogonControl2 NetrServerAuthenticate2 NetrDatabaseSync2 NetrDatabaseRedo NetrLogonControl2Ex NetrEnumerateTrustedDomains DsrGetDcName NetrLogonGetCapabilities NetrLogonSetServiceBits NetrLogonGetTrustRid NetrLogonComputeServerDigest NetrLogonComputeClientDigest NetrServerAuthenticate3 DsrGetDcNameEx DsrGetSiteName NetrLogonGetDomainInfo NetrServerPasswordSet2 NetrServerPasswordGet NetrLogonSendToSam DsrAddressToSiteNamesW DsrGetDcNameEx2 NetrLogonGetTimeServiceParentDomain NetrEnumerateTrustedDomainsEx DsrAddressToSiteNamesExW DsrGetDcSiteCoverageW NetrLogonSamLogonEx DsrEnumerateDomainTrusts DsrDeregisterDnsHostRecords NetrServerTrustPasswordsGet DsrGetForestTrustInformation NetrGetForestTrustInformation NetrLogonSamLogonWithFlags NetrServerGetTrustInfo
e3514235-4b06-11d1-ab04-00c04fc2dcd2 drsuapi DRSBind DRSUnbind DRSReplicaSync DRSGetNCChanges DRSUpdateRefs DRSReplicaAdd DRSReplicaDel DRSReplicaModify DRSVerifyNames DRSGetMemberships DRSInterDomainMove DRSGetNT4ChangeLog DRSCrackNames DRSWriteSPN DRSRemoveDsServer DRSRemoveDsDomain DRSDomainControllerInfo DRSAddEntry DRSExecuteKCC DRSGetReplInfo DRSAddSidHistory DRSGetMemberships2 DRSReplicaVerifyObjects DRSGetObjectExistence DRSQuerySitesByCost
4b324fc8-1670-01d3-1278-5a47bf6ee188 srvsvc NetrCharDevEnum NetrCharDevGetInfo NetrCharDevControl NetrCharDevQEnum NetrCharDevQGetInfo NetrCharDevQSetInfo NetrCharDevQPurge NetrCharDevQPurgeSelf NetrConnectionEnum NetrFileEnum NetrFileGetInfo NetrFileClose NetrSessionEnum NetrSessionDel NetrShareAdd NetrShareEnum NetrShareGetInfo NetrShareSetInfo NetrShareDel NetrShareDelSticky NetrShareCheck NetrServerGetInfo NetrServerSetInfo NetrServerDiskEnum NetrServerStatisticsGet NetrServerTransportAdd NetrServerTransportEnum NetrServerTransportDel NetrRemoteTOD NetrServerSetServiceBits NetprPathType NetprPathCanonicalize NetprPathCompare NetprNameValidate NetprNameCanonicalize NetprNameCompare NetrShareEnumSticky NetrShareDelStart NetrShareDelCommit NetrpGetFileSecurity NetrpSetFileSecurity NetrServerTransportAddEx NetrServerSetServiceBitsEx NetrDfsGetVersion
6bffd098-a112-3610-9833-46c3f87e345a wkssvc NetrWkstaGetInfo NetrWkstaSetInfo NetrWkstaUserEnum NetrWkstaUserGetInfo NetrWkstaUserSetInfo NetrWkstaTransportEnum NetrWkstaTransportAdd NetrWkstaTransportDel NetrUseAdd NetrUseGetInfo NetrUseDel NetrUseEnum NetrMessageBufferSend NetrWorkstationStatisticsGet NetrLogonDomainNameAdd NetrLogonDomainNameDel NetrJoinDomain NetrUnjoinDomain NetrRenameMachineInDomain NetrValidateName NetrGetJoinInformation NetrGetJoinableOUs NetrJoinDomain2 NetrUnjoinDomain2 NetrRenameMachineInDomain2 NetrValidateName2 NetrGetJoinableOUs2 NetrAddAlternateComputerName NetrRemoveAlternateComputerName NetrSetPrimaryComputerName NetrEnumerateComputerNames
3919286a-b10c-11d0-9ba8-00c04fd92ef5 dssetup DsRolerGetPrimaryDomainInformation DsRolerDnsNameToFlatName DsRolerDcAsDc DsRolerDcAsReplica DsRolerDemoteDc DsRolerGetDcOperationProgress DsRolerGetDcOperationResults DsRolerCancel
12345678-1234-abcd-ef00-0123456789ab spoolss RpcEnumPrinters RpcOpenPrinter RpcSetJob RpcGetJob RpcEnumJobs RpcAddPrinter RpcDeletePrinter RpcSetPrinter RpcGetPrinter RpcAddPrinterDriver RpcEnumPrinterDrivers RpcGetPrinterDriver RpcGetPrinterDriverDirectory RpcDeletePrinterDriver RpcAddPrintProcessor RpcEnumPrintProcessors RpcGetPrintProcessorDirectory RpcStartDocPrinter RpcStartPagePrinter RpcWritePrinter RpcEndPagePrinter RpcAbortPrinter RpcReadPrinter RpcEndDocPrinter RpcAddJob RpcScheduleJob RpcGetPrinterData RpcSetPrinterData RpcWaitForPrinterChange RpcClosePrinter RpcAddForm RpcDeleteForm RpcGetForm RpcSetForm RpcEnumForms RpcEnumPorts RpcEnumMonitors @65 RpcRemoteFindFirstPrinterChangeNotificationEx RpcRouterReplyPrinter @69 RpcSplOpenPrinter @89 RpcAddPrinterDriverEx
76f03f96-cdfd-44fc-a22c-64950a001209 IRemoteWinspool RpcAsyncOpenPrinter RpcAsyncAddPrinter @20 RpcAsyncClosePrinter @38 RpcAsyncEnumPrinters RpcAsyncAddPrinterDriver
338cd001-2244-31f1-aaaa-900038001003 winreg OpenClassesRoot OpenCurrentUser OpenLocalMachine OpenPerformanceData OpenUsers BaseRegCloseKey BaseRegCreateKey BaseRegDeleteKey BaseRegDeleteValue BaseRegEnumKey BaseRegEnumValue BaseRegFlushKey BaseRegGetKeySecurity BaseRegLoadKey - BaseRegOpenKey BaseRegQueryInfoKey BaseRegQueryValue BaseRegReplaceKey BaseRegRestoreKey BaseRegSaveKey BaseRegSetKeySecurity BaseRegSetValue BaseRegUnLoadKey BaseInitiateSystemShutdown BaseAbortSystemShutdown BaseRegGetVersion OpenCurrentConfig - BaseRegQueryMultipleValues BaseInitiateSystemShutdownEx BaseRegSaveKeyEx OpenPerformanceText OpenPerformanceNlsText BaseRegQueryMultipleValues2 BaseRegDeleteKeyEx
82273fdc-e32a-18c3-3f78-827929dc23ea eventlog ElfrClearELFW ElfrBackupELFW ElfrCloseEL ElfrDeregisterEventSource ElfrNumberOfRecords ElfrOldestRecord ElfrChangeNotify ElfrOpenELW ElfrRegisterEventSourceW ElfrOpenBELW ElfrReadELW ElfrReportEventW ElfrClearELFA ElfrBackupELFA ElfrOpenELA ElfrRegisterEventSourceA ElfrOpenBELA ElfrReadELA ElfrReportEventA @22 ElfrGetLogInformation @24 ElfrReportEventAndSourceW ElfrReportEventExW ElfrReportEventExA
4fc742e0-4a10-11cf-8273-00aa004ae673 netdfs NetrDfsManagerGetVersion NetrDfsAdd NetrDfsRemove NetrDfsSetInfo NetrDfsGetInfo NetrDfsEnum NetrDfsMove @10 NetrDfsAddFtRoot NetrDfsRemoveFtRoot NetrDfsAddStdRoot NetrDfsRemoveStdRoot NetrDfsManagerInitialize NetrDfsAddStdRootForced NetrDfsGetDcAddress NetrDfsSetDcAddress NetrDfsFlushFtTable NetrDfsAdd2 NetrDfsRemove2 NetrDfsEnumEx NetrDfsSetInfo2
1544f5e0-613c-11d1-93df-00c04fd7bd09 exchange_rfr RfrGetNewDSA RfrGetFQDNFromLegacyDN
f5cc5a18-4264-101a-8c59-08002b2f8426 nspi NspiBind NspiUnbind NspiUpdateStat NspiQueryRows NspiSeekEntries NspiGetMatches NspiResortRestriction NspiDNToEph NspiGetPropList NspiGetProps NspiCompareDNTs NspiModProps NspiGetHierarchyInfo NspiGetTemplateInfo NspiModLinkAtt NspiDeleteEntries NspiQueryColumns NspiGetNamesFromIDs NspiGetIDsFromNames NspiResolveNames NspiResolveNamesW
a4f1db00-ca47-1067-b31f-00dd010662da exchange_mapi EcDoConnect EcDoDisconnect EcDoRpc EcGetMoreRpc EcRRegisterPushNotification EcRUnregisterPushNotification EcDummyRpc EcRGetDCName EcRNetGetDCName EcDoRpcExt EcDoConnectEx EcDoRpcExt2 - - EcDoAsyncConnectEx
5261574a-4572-206e-b268-6b199213b4e4 AsyncEMSMDB EcDoAsyncWaitEx
9556dc99-828c-11cf-a37e-00aa003240c7 IWbemServices @3 OpenNamespace CancelAsyncCall QueryObjectSink GetObject GetObjectAsync PutClass PutClassAsync DeleteClass DeleteClassAsync CreateClassEnum CreateClassEnumAsync PutInstance PutInstanceAsync DeleteInstance DeleteInstanceAsync CreateInstanceEnum CreateInstanceEnumAsync ExecQuery ExecQueryAsync ExecNotificationQuery ExecNotificationQueryAsync ExecMethod ExecMethodAsync
f309ad18-d86a-11d0-a075-00c04fb68820 IWbemLevel1Login @3 EstablishPosition RequestChallenge WBEMLogin NTLMLogin
d4781cd6-e5d3-44df-ad94-930efe48a887 IWbemLoginClientID @3 SetClientInfo
027947e1-d731-11ce-a357-000000000001 IEnumWbemClassObject @3 Reset Next NextAsync Clone Skip
1c1c45ee-4395-11d2-b60b-00104b703efd IWbemFetchSmartEnum @3 GetSmartEnum
423ec01e-2e35-11d2-b604-00104b703efd IWbemWCOSmartEnum @3 Next
894de0c0-0d55-11d3-a322-00c04fa321a1 InitShutdown BaseInitiateShutdown BaseAbortShutdown BaseInitiateShutdownEx
d95afe70-a6d5-4259-822e-2c84da1ddb0d WindowsShutdown WsdrInitiateShutdown WsdrAbortShutdown
3dde7c30-165d-11d1-ab8f-00805f14db40 BackupKey BackuprKey
50abc2a4-574d-40b3-9d66-ee4fd5fba076 dnsserver R_DnssrvOperation R_DnssrvQuery R_DnssrvComplexOperation R_DnssrvEnumRecords R_DnssrvUpdateRecord R_DnssrvOperation2 R_DnssrvQuery2 R_DnssrvComplexOperation2 R_DnssrvEnumRecords2 R_DnssrvUpdateRecord2
c681d488-d850-11d0-8c52-00c04fd90f7e efsrpc EfsRpcOpenFileRaw EfsRpcReadFileRaw EfsRpcWriteFileRaw EfsRpcCloseRaw EfsRpcEncryptFileSrv EfsRpcDecryptFileSrv EfsRpcQueryUsersOnFile EfsRpcQueryRecoveryAgents EfsRpcRemoveUsersFromFile EfsRpcAddUsersToFile - EfsRpcNotSupported EfsRpcFileKeyInfo EfsRpcDuplicateEncryptionInfoFile
df1941c5-fe89-4e79-bf10-463657acf44d efsrpc EfsRpcOpenFileRaw EfsRpcReadFileRaw EfsRpcWriteFileRaw EfsRpcCloseRaw EfsRpcEncryptFileSrv EfsRpcDecryptFileSrv EfsRpcQueryUsersOnFile EfsRpcQueryRecoveryAgents EfsRpcRemoveUsersFromFile EfsRpcAddUsersToFile
a8e0653c-2744-4389-a61d-7373df8b2292 FileServerVssAgent GetSupportedVersion SetContext StartShadowCopySet AddToShadowCopySet CommitShadowCopySet ExposeShadowCopySet RecoveryCompleteShadowCopySet AbortShadowCopySet IsPathSupported IsPathShadowCopied GetShareMapping DeleteShareMapping PrepareShadowCopySet
91ae6020-9e3c-11cf-8d7c-00aa00c091be ICertPassage CertServerRequest
5ca4a760-ebb1-11cf-8611-00a0245420ed winstation_rpc
17fdd703-1827-4e34-79d4-24a55c53bb37 msgsvc NetrMessageNameAdd NetrMessageNameEnum NetrMessageNameGetInfo NetrMessageNameDel
5a7b91f8-ff00-11d0-a9b2-00c04fb6e6fc msgsvcsend NetrSendMessage
6bffd098-a112-3610-9833-012892020162 browser BrowserrServerEnum BrowserrDebugCall BrowserrQueryOtherDomains BrowserrResetNetlogonState BrowserrDebugTrace BrowserrQueryStatistics BrowserrResetStatistics NetrBrowserStatisticsClear NetrBrowserStatisticsGet BrowserrSetNetlogonState BrowserrQueryEmulatedDomains BrowserrServerEnumEx
8d9f4e40-a03d-11ce-8f69-08003e30051b pnp
45f52c28-7f9f-101a-b52b-08002b2efabe winspipe
906b0ce0-c70b-1067-b317-00dd010662da IXnRemote Poke BuildContext NegotiateResources SendReceive TearDownContext BeginTearDown PokeW BuildContextW
0b6edbfa-4a24-4fc6-8a23-942b1eca65d1 IRPCAsyncNotify
ae33069b-a2a8-46ee-a235-ddfd339be281 IRPCRemoteObject
51c82175-844e-4750-b0d8-ec255555bc06 KMS
3c4728c5-f0ab-448b-bda1-6ce01eb0a6d5 RpcSrvDHCPC
3c4728c5-f0ab-448b-bda1-6ce01eb0a6d6 dhcpcsvc6
12b81e99-f207-4a4c-85d3-77b42f76fd14 ISeclogon
897e2e5f-93f3-4376-9c9c-fd2277495c27 frstrans
6bffd098-a112-3610-9833-46c3f874532d dhcpsrv
2f5f6521-cb55-1059-b446-00df0bce31db tapsrv
dea00001-6c97-11d1-8271-00a02442df7d profinet_io
dea00002-6c97-11d1-8271-00a02442df7d profinet_io
`;

interface Interface {
  readonly name: string;
  readonly operations: ReadonlyMap<number, string>;
}

const INTERFACES: ReadonlyMap<string, Interface> = new Map(
  LINES.trim()
    .split('\n')
    .map((line): [string, Interface] => {
      const [uuid = '', name = '', ...words] = line.split(' ');
      const operations = new Map<number, string>();
      let next = 0;
      for (const word of words) {
        if (word.startsWith('@')) {
          next = Number(word.slice(1));
          continue;
        }
        if (word !== '-') operations.set(next, word);
        next++;
      }
      return [uuid, { name, operations }];
    }),
);

export const ENDPOINT_MAPPER = 'e1af8308-5d1f-11c9-91a4-08002b14a0fa';
export const EPT_MAP = 3;

export const endpointName = (uuid: string): string => INTERFACES.get(uuid)?.name ?? `unknown-${uuid}`;
export const operationName = (uuid: string, opnum: number): string =>
  INTERFACES.get(uuid)?.operations.get(opnum) ?? `unknown-${opnum}`;

/** What every client does all the time; Zeek leaves the same out. */
const NOISE: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  [
    'winreg',
    new Set([
      'BaseRegCloseKey',
      'BaseRegGetVersion',
      'BaseRegOpenKey',
      'BaseRegQueryValue',
      'BaseRegDeleteKeyEx',
      'OpenLocalMachine',
      'BaseRegEnumKey',
      'OpenClassesRoot',
    ]),
  ],
  ['spoolss', new Set(['RpcSplOpenPrinter', 'RpcClosePrinter'])],
  ['wkssvc', new Set(['NetrWkstaGetInfo'])],
]);

export const isNoise = (endpoint: string, operation: string): boolean =>
  NOISE.get(endpoint)?.has(operation) ?? false;
