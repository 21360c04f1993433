// Rules of Coldwire's own, in YARA's language: over the files that connections carry and over the streams themselves.
// Each has a sample capture where it fires and one where it must not: tests/rules/yara.test.ts says which.

rule Windows_Program_In_Transit : executable
{
    meta:
        description = "Windows program sent over the network"
        severity = "low"
        technique = "T1105"
    strings:
        $stub = "This program cannot be run in DOS mode"
    condition:
        // What begins so is a file; in a stream it stands behind the headers of its protocol.
        uint16(0) == 0x5a4d and $stub in (0..512)
}

rule Program_Under_Type_Of_Picture : masquerading
{
    meta:
        description = "Windows program under the type of a picture"
        severity = "high"
        technique = "T1036.008"
    strings:
        $type = /Content-Type:\s*image\/[a-z.+-]{1,40}\r\n/ nocase
        $program = { 0d 0a 0d 0a 4d 5a [0-512] 54 68 69 73 20 70 72 6f 67 72 61 6d }
    condition:
        $type and $program
}
