/**
 * How little a name looks like words: the mean of the bits that each pair of letters costs in English text. Counted over the
 * documents and comments of this repository (85,000 words); a digit of base 36 is half a bit. Words and names of
 * firms lie near 4, letters drawn at random near 7.7. After the idea of freq.py (M. Baggett).
 */

/** A row a first letter, a column a second. */
const HALF_BITS = [
  'jb87ne9kapc786m9r776deef9i',
  '7gfl4jnp8cu7ii6ipbbh8npk4l',
  '6meg7pk7cr89hl3cqae6doknjw',
  '7cf93geh5incjc8co96ebkgqao',
  '8i87badjeih9c6gdd557idd9es',
  '7jaj96lu3un9lj5lo6b9aulugm',
  '9kho4kfa6olbaa9fo884blttte',
  '5kjj3oro4ppkgl7lrcgdfwnwhw',
  'ef999eanloh8b47bm856jcxfob',
  'bimm3gmmcmmmic4emf4i8mmmii',
  'bhg92ijh7lrfi7gglg6aemdier',
  '6ki83ghl6wh8hk6fwi8a8fknam',
  '56gf3pgm7plgaa88ijahckluip',
  '9ia55e6ncnddj99epi669hlnep',
  'dbaaeadkbne874bat6988d8ino',
  '5gcf5jlcaqi8id67o6b7adkmfv',
  'jjhhnjjnenn6hjhdgnnd1jennh',
  '7hba3cfl8xdge86gqa78bbjqax',
  '9kbi4hk97mcafg9agf83bhcpcp',
  '7jci5gl37pmekj9ey87c8menby',
  'cbbb6cfv9vp965gbq487kvpklm',
  '5sin2sjs7sjcjg7dslgkksnisn',
  '6lkg6ok35otft77mt88knkjott',
  'bfaf98lialqdbha4qie2ggqlfg',
  'cegj7jsjgnn9g7b5nm82imfssm',
  '9hhg1ojh7ojdfe8oog9odojoof',
] as const;

const A = 97;

/** Bits a pair of letters; undefined where there are fewer than four pairs. Digits and hyphens are skipped. */
export const bitsAPair = (name: string): number | undefined => {
  let [bits, pairs] = [0, 0];
  let before = -1;
  for (const char of name.toLowerCase()) {
    const letter = char.charCodeAt(0) - A;
    if (letter < 0 || letter > 25) continue;
    const cost = HALF_BITS[before]?.[letter];
    if (cost !== undefined) {
      bits += Number.parseInt(cost, 36) / 2;
      pairs++;
    }
    before = letter;
  }
  return pairs < 4 ? undefined : bits / pairs;
};
