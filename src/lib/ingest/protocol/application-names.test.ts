import { describe, expect, it } from 'vitest';
import { applicationOf } from './application-names.ts';

describe('applicationOf', () => {
  it.each([
    ['www.youtube.com', 'YouTube'],
    ['r4---sn-4g5e6nez.googlevideo.com', 'YouTube'],
    ['mail.google.com', 'GMail'],
    ['docs.google.com', 'GoogleDocs'],
    ['google.com', 'Google'],
    ['fonts.googleapis.com', 'GoogleServices'],
    ['mmg.whatsapp.net', 'WhatsAppFiles'],
    ['e7.whatsapp.net', 'WhatsApp'],
    ['teams.microsoft.com', 'Teams'],
    ['login.microsoftonline.com', 'Microsoft365'],
    ['gateway.icloud.com', 'AppleiCloud'],
    ['mask.icloud.com', 'iCloudPrivateRelay'],
    ['s3.eu-west-1.amazonaws.com', 'AmazonAWS'],
    ['avatars.githubusercontent.com', 'Github'],
    ['a.espncdn.com', 'ESPN'],
    ['cafe.naver.com', 'Naver'],
    ['api.successfactors.com', 'SAP'],
    ['www.nvidia.com', 'Nvidia'],
    ['prod.cloudmatchbeta.nvidiagrid.net', 'GeForceNow'],
    ['conductor-prod.ros.rockstargames.com', 'RockstarGames'],
    ['assetcdn.101.arenanetworks.com', 'Guildwars'],
    ['us.heroesofthestorm.com', 'Heroes_of_the_Storm'],
    ['mt1s.www.vivox.com', 'Vivox'],
    ['api.lagofast.com', 'LagoFast'],
    ['www.gearupbooster.com', 'GearUP_Booster'],
    ['mudfish.net', 'Mudfish'],
    ['link.theplatform.paramountplus.com', 'ParamountPlus'],
    ['files.kick.com', 'Kick'],
    ['instance-1.screenconnect.com', 'ScreenConnect'],
    ['rs-ny.rustdesk.com', 'RustDesk'],
    ['tunnel.eu.ngrok.com', 'Ngrok'],
    ['secure.hamachi.cc', 'Hamachi'],
    ['api.windscribe.com', 'Windscribe'],
    ['www.cactusvpn.com', 'CactusVPN'],
    ['uniproxy.alice.yandex.net', 'YandexAlice'],
    ['client.paltalk.com', 'Paltalk'],
    ['download.wetransfer.com', 'WeTransfer'],
    ['store1.gofile.io', 'Gofile'],
    ['team.adobeconnect.com', 'AdobeConnect'],
    ['proxy.googlezip.net', 'DataSaver'],
  ])('knows %s', (name, application) => {
    expect(applicationOf(name)).toBe(application);
  });

  it('takes names of any case, with or without the last dot', () => {
    expect(applicationOf('WWW.YouTube.COM.')).toBe('YouTube');
  });

  it('compares labels, not letters', () => {
    expect(applicationOf('notgoogle.com')).toBeUndefined();
    expect(applicationOf('google.com.example.org')).toBeUndefined();
  });

  it('knows nothing of other names, addresses and nonsense', () => {
    for (const name of [
      '',
      '.',
      '...',
      'com',
      'localhost',
      '192.0.2.1',
      'constructor',
      '__proto__',
      'a'.repeat(100_000),
    ])
      expect(applicationOf(name)).toBeUndefined();
  });
});
