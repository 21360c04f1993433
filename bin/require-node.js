// Imported first by everything that a person starts, so it keeps to syntax that any Node with modules can read.
const version = process.versions.node.split('.').map(Number);
const [major, minor] = version;
const supported = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;

if (!supported) {
  process.stderr.write(
    `Coldwire needs Node 20.19 or later (22.12 or later of Node 22); this is Node ${process.versions.node}. Install a newer one from https://nodejs.org/.\n`,
  );
  process.exit(1);
}
