/*
 * Vectors published in the text of BIPs: BIP143's transactions and signature hashes, BIP340's
 * signatures. BIP341's and BIP342's are files, see test_btc_taproot.c.
 */
#include "cm.h"

#include <stdlib.h>

#include <secp256k1_extrakeys.h>
#include <secp256k1_schnorrsig.h>

#include "bitcoin/rules/sig.h"
#include "bitcoin/rules/validate.h"
#include "btc_asm.h"

#define MOST 2000 /* bytes of a row */

struct coin {
	int64_t amount;
	const char *script;
};

struct tx_row {
	const char *name;
	const char *tx;
	struct coin coins[2];
};

/* clang-format off */
/* https://github.com/bitcoin/bips/blob/master/bip-0143.mediawiki, section "Example". */
static const struct tx_row bip143_txs[] = {
	{ "Native P2WPKH",
	        "01000000000102fff7f7881a8099afa6940d42d1e7f6362bec38171ea3edf433541db4e4ad969f00"
	        "000000494830450221008b9d1dc26ba6a9cb62127b02742fa9d754cd3bebf337f7a55d114c8e5cdd"
	        "30be022040529b194ba3f9281a99f2b1c0a19c0489bc22ede944ccf4ecbab4cc618ef3ed01eeffff"
	        "ffef51e1b804cc89d182d279655c3aa89e815b1b309fe287d9b2b55d57b90ec68a0100000000ffff"
	        "ffff02202cb206000000001976a9148280b37df378db99f66f85c95a783a76ac7a6d5988ac909351"
	        "0d000000001976a9143bde42dbee7e4dbe6a21b2d50ce2f0167faa815988ac000247304402203609"
	        "e17b84f6a7d30c80bfa610b5b4542f32a8a0d5447a12fb1366d7f01cc44a0220573a954c45183315"
	        "61406f90300e8f3358f51928d43c212a8caed02de67eebee0121025476c2e83188368da1ff3e292e"
	        "7acafcdb3566bb0ad253f62fc70f07aeee635711000000",
	        { { 625000000, "2103c9f4836b9a4f77fc0d81f7bcb01b7f1b35916864b9476c241ce9fc198bd25432ac" },
	                { 600000000, "00141d0f172a0ecb48aee1be1f2687d2963ae33f71a1" } } },
	{ "P2SH-P2WPKH",
	        "01000000000101db6b1b20aa0fd7b23880be2ecbd4a98130974cf4748fb66092ac4d3ceb1a547701"
	        "0000001716001479091972186c449eb1ded22b78e40d009bdf0089feffffff02b8b4eb0b00000000"
	        "1976a914a457b684d7f0d539a46a45bbc043f35b59d0d96388ac0008af2f000000001976a914fd27"
	        "0b1ee6abcaea97fea7ad0402e8bd8ad6d77c88ac02473044022047ac8e878352d3ebbde1c94ce3a1"
	        "0d057c24175747116f8288e5d794d12d482f0220217f36a485cae903c713331d877c1f64677e3622"
	        "ad4010726870540656fe9dcb012103ad1d8e89212f0b92c74d23bb710c00662ad1470198ac48c43f"
	        "7d6f93a2a2687392040000",
	        { { 1000000000, "a9144733f37cf4db86fbc2efed2500b4f4e49f31202387" } } },
	{ "Native P2WSH: OP_CODESEPARATOR, SINGLE without an output",
	        "01000000000102fe3dc9208094f3ffd12645477b3dc56f60ec4fa8e6f5d67c565d1c6b9216b36e00"
	        "0000004847304402200af4e47c9b9629dbecc21f73af989bdaa911f7e6f6c2e9394588a3aa68f81e"
	        "9902204f3fcf6ade7e5abb1295b6774c8e0abd94ae62217367096bc02ee5e435b67da201ffffffff"
	        "0815cf020f013ed6cf91d29f4202e8a58726b1ac6c79da47c23d1bee0a6925f80000000000ffffff"
	        "ff0100f2052a010000001976a914a30741f8145e5acadf23f751864167f32e0963f788ac00034730"
	        "4402200de66acf4527789bfda55fc5459e214fa6083f936b430a762c629656216805ac0220396f55"
	        "0692cd347171cbc1ef1f51e15282e837bb2b30860dc77c8f78bc8501e503473044022027dc95ad6b"
	        "740fe5129e7e62a75dd00f291a2aeb1200b84b09d9e3789406b6c002201a9ecd315dd6a0e632ab20"
	        "bbb98948bc0c6fb204f2c286963bb48517a7058e27034721026dccc749adc2a9d0d89497ac511f76"
	        "0f45c47dc5ed9cf352a58ac706453880aeadab210255a9626aebf5e29c0e6538428ba0d1dcf6ca98"
	        "ffdf086aa8ced5e0d0215ea465ac00000000",
	        { { 156250000, "21036d5c20fa14fb2f635474c1dc4ef5909d4568e5569b79fc94d3448486e14685f8ac" },
	                { 4900000000, "00205d1b56b63d714eebe542309525f484b7e9d6f686b3781b6f61ef925d66d6f6a0" } } },
	{ "Native P2WSH: an OP_CODESEPARATOR not executed",
	        "01000000000102e9b542c5176808107ff1df906f46bb1f2583b16112b95ee5380665ba7fcfc00100"
	        "00000000ffffffff80e68831516392fcd100d186b3c2c7b95c80b53c77e77c35ba03a66b429a2a1b"
	        "0000000000ffffffff0280969800000000001976a914de4b231626ef508c9a74a8517e6783c0546d"
	        "6b2888ac80969800000000001976a9146648a8cd4531e1ec47f35916de8e259237294d1e88ac0248"
	        "3045022100f6a10b8604e6dc910194b79ccfc93e1bc0ec7c03453caaa8987f7d6c34135660022062"
	        "16229ede9b4d6ec2d325be245c5b508ff0339bf1794078e20bfe0babc7ffe683270063ab68210392"
	        "972e2eb617b2388771abe27235fd5ac44af8e61693261550447a4c3e39da98ac0247304402200325"
	        "21802a76ad7bf74d0e2c218b72cf0cbc867066e2e53db905ba37f130397e02207709e2188ed7f08f"
	        "4c952d9d13986da504502b8c3be59617e043552f506c46ff83275163ab68210392972e2eb617b238"
	        "8771abe27235fd5ac44af8e61693261550447a4c3e39da98ac00000000",
	        { { 16777215, "0020ba468eea561b26301e4cf69fa34bde4ad60c81e70f059f045ca9a79931004a4d" },
	                { 16777215, "0020d9bbfbe56af7c4b7f960a70d7ea107156913d9e5a26b0a71429df5e097ca6537" } } },
	{ "the same with inputs and outputs swapped",
	        "0100000000010280e68831516392fcd100d186b3c2c7b95c80b53c77e77c35ba03a66b429a2a1b00"
	        "00000000ffffffffe9b542c5176808107ff1df906f46bb1f2583b16112b95ee5380665ba7fcfc001"
	        "0000000000ffffffff0280969800000000001976a9146648a8cd4531e1ec47f35916de8e25923729"
	        "4d1e88ac80969800000000001976a914de4b231626ef508c9a74a8517e6783c0546d6b2888ac0247"
	        "30440220032521802a76ad7bf74d0e2c218b72cf0cbc867066e2e53db905ba37f130397e02207709"
	        "e2188ed7f08f4c952d9d13986da504502b8c3be59617e043552f506c46ff83275163ab6821039297"
	        "2e2eb617b2388771abe27235fd5ac44af8e61693261550447a4c3e39da98ac02483045022100f6a1"
	        "0b8604e6dc910194b79ccfc93e1bc0ec7c03453caaa8987f7d6c3413566002206216229ede9b4d6e"
	        "c2d325be245c5b508ff0339bf1794078e20bfe0babc7ffe683270063ab68210392972e2eb617b238"
	        "8771abe27235fd5ac44af8e61693261550447a4c3e39da98ac00000000",
	        { { 16777215, "0020d9bbfbe56af7c4b7f960a70d7ea107156913d9e5a26b0a71429df5e097ca6537" },
	                { 16777215, "0020ba468eea561b26301e4cf69fa34bde4ad60c81e70f059f045ca9a79931004a4d" } } },
	{ "P2SH-P2WSH: six hash types",
	        "0100000000010136641869ca081e70f394c6948e8af409e18b619df2ed74aa106c1ca29787b96e01"
	        "00000023220020a16b5755f7f6f96dbd65f5f0d6ab9418b89af4b1f14a1bb8a09062c35f0dcb54ff"
	        "ffffff0200e9a435000000001976a914389ffce9cd9ae88dcc0631e88a821ffdbe9bfe2688acc083"
	        "2f05000000001976a9147480a33f950689af511e6e84c138dbbd3c3ee41588ac080047304402206a"
	        "c44d672dac41f9b00e28f4df20c52eeb087207e8d758d76d92c6fab3b73e2b0220367750dbbe1929"
	        "0069cba53d096f44530e4f98acaa594810388cf7409a1870ce01473044022068c7946a43232757cb"
	        "df9176f009a928e1cd9a1a8c212f15c1e11ac9f2925d9002205b75f937ff2f9f3c1246e547e54f62"
	        "e027f64eefa2695578cc6432cdabce271502473044022059ebf56d98010a932cf8ecfec54c48e613"
	        "9ed6adb0728c09cbe1e4fa0915302e022007cd986c8fa870ff5d2b3a89139c9fe7e499259875357e"
	        "20fcbb15571c76795403483045022100fbefd94bd0a488d50b79102b5dad4ab6ced30c4069f1eaa6"
	        "9a4b5a763414067e02203156c6a5c9cf88f91265f5a942e96213afae16d83321c8b31bb342142a14"
	        "d16381483045022100a5263ea0553ba89221984bd7f0b13613db16e7a70c549a86de0cc0444141a4"
	        "07022005c360ef0ae5a5d4f9f2f87a56c1546cc8268cab08c73501d6b3be2e1e1a8a088247304402"
	        "20525406a1482936d5a21888260dc165497a90a15669636d8edca6b9fe490d309c022032af0c646a"
	        "34a44d1f4576bf6a4a74b67940f8faa84c7df9abe12a01a11e2b4783cf56210307b8ae49ac90a048"
	        "e9b53357a2354b3334e9c8bee813ecb98e99a7e07e8c3ba32103b28f0c28bfab54554ae8c658ac5c"
	        "3e0ce6e79ad336331f78c428dd43eea8449b21034b8113d703413d57761b8b9781957b8c0ac1dfe6"
	        "9f492580ca4195f50376ba4a21033400f6afecb833092a9a21cfdf1ed1376e58c5d1f47de7468312"
	        "3987e967a8f42103a6d48b1131e94ba04d9737d61acdaa1322008af9602b3b14862c07a1789aac16"
	        "2102d8b661b0b3302ee2f162b09e07a55ad5dfbe673a9f01d9f0c19617681024306b56ae00000000",
	        { { 987654321, "a9149993a429037b5d912407a71c252019287b8d27a587" } } },
	{ "no FindAndDelete: CHECKSIGVERIFY",
	        "0100000000010169c12106097dc2e0526493ef67f21269fe888ef05c7a3a5dacab38e1ac8387f14c"
	        "1d000000ffffffff01010000000000000000034830450220487fb382c4974de3f7d834c1b617fe15"
	        "860828c7f96454490edd6d891556dcc9022100baf95feb48f845d5bfc9882eb6aeefa1bc3790e39f"
	        "59eaa46ff7f15ae626c53e012102a9781d66b61fb5a7ef00ac5ad5bc6ffc78be7b44a566e3c87870"
	        "e1079368df4c4aad4830450220487fb382c4974de3f7d834c1b617fe15860828c7f96454490edd6d"
	        "891556dcc9022100baf95feb48f845d5bfc9882eb6aeefa1bc3790e39f59eaa46ff7f15ae626c53e"
	        "0100000000",
	        { { 200000, "00209e1be07558ea5cc8e02ed1d80c0911048afad949affa36d5c3951e3159dbea19" } } },
	{ "no FindAndDelete: CHECKMULTISIGVERIFY",
	        "010000000001019275cb8d4a485ce95741c013f7c0d28722160008021bb469a11982d47a6628964c"
	        "1d000000ffffffff0101000000000000000007004830450220487fb382c4974de3f7d834c1b617fe"
	        "15860828c7f96454490edd6d891556dcc9022100baf95feb48f845d5bfc9882eb6aeefa1bc3790e3"
	        "9f59eaa46ff7f15ae626c53e0148304502205286f726690b2e9b0207f0345711e63fa7012045b9eb"
	        "0f19c2458ce1db90cf43022100e89f17f86abc5b149eba4115d4f128bcf45d77fb3ecdd34f594091"
	        "340c0395960101022102966f109c54e85d3aee8321301136cedeb9fc710fdef58a9de8a73942f8e5"
	        "67c021034ffc99dd9a79dd3cb31e2ab3e0b09e0e67db41ac068c625cd1f491576016c84e9552af48"
	        "30450220487fb382c4974de3f7d834c1b617fe15860828c7f96454490edd6d891556dcc9022100ba"
	        "f95feb48f845d5bfc9882eb6aeefa1bc3790e39f59eaa46ff7f15ae626c53e0148304502205286f7"
	        "26690b2e9b0207f0345711e63fa7012045b9eb0f19c2458ce1db90cf43022100e89f17f86abc5b14"
	        "9eba4115d4f128bcf45d77fb3ecdd34f594091340c039596017500000000",
	        { { 200000, "00209b66c15b4e0b4eb49fa877982cafded24859fe5b0e2dbfbe4f0df1de7743fd52" } } },
};

struct hash_row {
	unsigned tx; /* row of bip143_txs */
	uint32_t input, type;
	const char *code; /* script code */
	const char *hash;
};

#define SIX_OF_SIX \
	"56210307b8ae49ac90a048e9b53357a2354b3334e9c8bee813ecb98e99a7e07e8c3ba32103b28f0c" \
	"28bfab54554ae8c658ac5c3e0ce6e79ad336331f78c428dd43eea8449b21034b8113d703413d5776" \
	"1b8b9781957b8c0ac1dfe69f492580ca4195f50376ba4a21033400f6afecb833092a9a21cfdf1ed1" \
	"376e58c5d1f47de74683123987e967a8f42103a6d48b1131e94ba04d9737d61acdaa1322008af960" \
	"2b3b14862c07a1789aac162102d8b661b0b3302ee2f162b09e07a55ad5dfbe673a9f01d9f0c19617" \
	"681024306b56ae" 

static const struct hash_row bip143_hashes[] = {
	{ 0, 1, 0x01,
	        "76a9141d0f172a0ecb48aee1be1f2687d2963ae33f71a188ac",
	        "c37af31116d1b27caf68aae9e3ac82f1477929014d5b917657d0eb49478cb670" },
	{ 1, 0, 0x01,
	        "76a91479091972186c449eb1ded22b78e40d009bdf008988ac",
	        "64f3b0f4dd2bb3aa1ce8566d220cc74dda9df97d8490cc81d89d735c92e59fb6" },
	{ 2, 1, 0x03,
	        "21026dccc749adc2a9d0d89497ac511f760f45c47dc5ed9cf352a58ac706453880aeadab210255a9"
	        "626aebf5e29c0e6538428ba0d1dcf6ca98ffdf086aa8ced5e0d0215ea465ac",
	        "82dde6e4f1e94d02c2b7ad03d2115d691f48d064e9d52f58194a6637e4194391" },
	{ 2, 1, 0x03,
	        "210255a9626aebf5e29c0e6538428ba0d1dcf6ca98ffdf086aa8ced5e0d0215ea465ac",
	        "fef7bd749cce710c5c052bd796df1af0d935e59cea63736268bcbe2d2134fc47" },
	{ 3, 0, 0x83,
	        "0063ab68210392972e2eb617b2388771abe27235fd5ac44af8e61693261550447a4c3e39da98ac",
	        "e9071e75e25b8a1e298a72f0d2e9f4f95a0f5cdf86a533cda597eb402ed13b3a" },
	{ 3, 1, 0x83,
	        "68210392972e2eb617b2388771abe27235fd5ac44af8e61693261550447a4c3e39da98ac",
	        "cd72f1f1a433ee9df816857fad88d8ebd97e09a75cd481583eb841c330275e54" },
	{ 5, 0, 0x01,
	        SIX_OF_SIX,
	        "185c0be5263dce5b4bb50a047973c1b6272bfbd0103a89444597dc40b248ee7c" },
	{ 5, 0, 0x02,
	        SIX_OF_SIX,
	        "e9733bc60ea13c95c6527066bb975a2ff29a925e80aa14c213f686cbae5d2f36" },
	{ 5, 0, 0x03,
	        SIX_OF_SIX,
	        "1e1f1c303dc025bd664acb72e583e933fae4cff9148bf78c157d1e8f78530aea" },
	{ 5, 0, 0x81,
	        SIX_OF_SIX,
	        "2a67f03e63a6a422125878b40b82da593be8d4efaafe88ee528af6e5a9955c6e" },
	{ 5, 0, 0x82,
	        SIX_OF_SIX,
	        "781ba15f3779d5542ce8ecb5c18716733a5ee42a6f51488ec96154934e2c890a" },
	{ 5, 0, 0x83,
	        SIX_OF_SIX,
	        "511e8e52ed574121fc1b654970395502128263f62662e076dc6baf05c2e6a99b" },
	{ 6, 0, 0x01,
	        "ad4830450220487fb382c4974de3f7d834c1b617fe15860828c7f96454490edd6d891556dcc90221"
	        "00baf95feb48f845d5bfc9882eb6aeefa1bc3790e39f59eaa46ff7f15ae626c53e01",
	        "71c9cd9b2869b9c70b01b1f0360c148f42dee72297db312638df136f43311f23" },
	{ 7, 0, 0x01,
	        "52af4830450220487fb382c4974de3f7d834c1b617fe15860828c7f96454490edd6d891556dcc902"
	        "2100baf95feb48f845d5bfc9882eb6aeefa1bc3790e39f59eaa46ff7f15ae626c53e014830450220"
	        "5286f726690b2e9b0207f0345711e63fa7012045b9eb0f19c2458ce1db90cf43022100e89f17f86a"
	        "bc5b149eba4115d4f128bcf45d77fb3ecdd34f594091340c0395960175",
	        "c1628a1e7c67f14ca0c27c06e4fdeec2e6d1a73c7a91d7c046ff83e835aebb72" },
};

struct schnorr_row {
	const char *secret; /* NULL: only to be verified */
	const char *key, *aux, *message, *sig;
	bool valid;
};

/* https://github.com/bitcoin/bips/blob/master/bip-0340/test-vectors.csv, messages of 32 bytes. */
static const struct schnorr_row bip340[] = {
	{ "0000000000000000000000000000000000000000000000000000000000000003",
	        "f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9",
	        "0000000000000000000000000000000000000000000000000000000000000000",
	        "0000000000000000000000000000000000000000000000000000000000000000",
	        "e907831f80848d1069a5371b402410364bdf1c5f8307b0084c55f1ce2dca8215"
	        "25f66a4a85ea8b71e482a74f382d2ce5ebeee8fdb2172f477df4900d310536c0",
	        true },
	{ "b7e151628aed2a6abf7158809cf4f3c762e7160f38b4da56a784d9045190cfef",
	        "dff1d77f2a671c5f36183726db2341be58feae1da2deced843240f7b502ba659",
	        "0000000000000000000000000000000000000000000000000000000000000001",
	        "243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89",
	        "6896bd60eeae296db48a229ff71dfe071bde413e6d43f917dc8dcf8c78de3341"
	        "8906d11ac976abccb20b091292bff4ea897efcb639ea871cfa95f6de339e4b0a",
	        true },
	{ "c90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b14e5c9",
	        "dd308afec5777e13121fa72b9cc1b7cc0139715309b086c960e18fd969774eb8",
	        "c87aa53824b4d7ae2eb035a2b5bbbccc080e76cdc6d1692c4b0b62d798e6d906",
	        "7e2d58d8b3bcdf1abadec7829054f90dda9805aab56c77333024b9d0a508b75c",
	        "5831aaeed7b44bb74e5eab94ba9d4294c49bcf2a60728d8b4c200f50dd313c1b"
	        "ab745879a5ad954a72c45a91c3a51d3c7adea98d82f8481e0e1e03674a6f3fb7",
	        true },
	{ "0b432b2677937381aef05bb02a66ecd012773062cf3fa2549e44f58ed2401710",
	        "25d1dff95105f5253c4022f628a996ad3a0d95fbf21d468a1b33f8c160d8f517",
	        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	        "7eb0509757e246f19449885651611cb965ecc1a187dd51b64fda1edc9637d5ec"
	        "97582b9cb13db3933705b32ba982af5af25fd78881ebb32771fc5922efc66ea3",
	        true },
	{ NULL,
	        "d69c3509bb99e412e68b0fe8544e72837dfa30746d8be2aa65975f29d22dc7b9",
	        NULL,
	        "4df3c3f68fcc83b27e9d42c90431a72499f17875c81a599b566c9889b9696703",
	        "00000000000000000000003b78ce563f89a0ed9414f5aa28ad0d96d6795f9c63"
	        "76afb1548af603b3eb45c9f8207dee1060cb71c04e80f593060b07d28308d7f4",
	        true },
	{ NULL,
	        "eefdea4cdb677750a420fee807eacf21eb9898ae79b9768766e4faa04a2d4a34",
	        NULL,
	        "243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89",
	        "6cff5c3ba86c69ea4b7376f31a9bcb4f74c1976089b2d9963da2e5543e177769"
	        "69e89b4c5564d00349106b8497785dd7d1d713a8ae82b32fa79d5f7fc407d39b",
	        false },
	{ NULL,
	        "dff1d77f2a671c5f36183726db2341be58feae1da2deced843240f7b502ba659",
	        NULL,
	        "243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89",
	        "fff97bd5755eeea420453a14355235d382f6472f8568a18b2f057a1460297556"
	        "3cc27944640ac607cd107ae10923d9ef7a73c643e166be5ebeafa34b1ac553e2",
	        false },
	{ NULL,
	        "dff1d77f2a671c5f36183726db2341be58feae1da2deced843240f7b502ba659",
	        NULL,
	        "243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89",
	        "1fa62e331edbc21c394792d2ab1100a7b432b013df3f6ff4f99fcb33e0e1515f"
	        "28890b3edb6e7189b630448b515ce4f8622a954cfe545735aaea5134fccdb2bd",
	        false },
	{ NULL,
	        "dff1d77f2a671c5f36183726db2341be58feae1da2deced843240f7b502ba659",
	        NULL,
	        "243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89",
	        "6cff5c3ba86c69ea4b7376f31a9bcb4f74c1976089b2d9963da2e5543e177769"
	        "961764b3aa9b2ffcb6ef947b6887a226e8d7c93e00c5ed0c1834ff0d0c2e6da6",
	        false },
	{ NULL,
	        "dff1d77f2a671c5f36183726db2341be58feae1da2deced843240f7b502ba659",
	        NULL,
	        "243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89",
	        "0000000000000000000000000000000000000000000000000000000000000000"
	        "123dda8328af9c23a94c1feecfd123ba4fb73476f0d594dcb65c6425bd186051",
	        false },
	{ NULL,
	        "dff1d77f2a671c5f36183726db2341be58feae1da2deced843240f7b502ba659",
	        NULL,
	        "243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89",
	        "0000000000000000000000000000000000000000000000000000000000000001"
	        "7615fbaf5ae28864013c099742deadb4dba87f11ac6754f93780d5a1837cf197",
	        false },
	{ NULL,
	        "dff1d77f2a671c5f36183726db2341be58feae1da2deced843240f7b502ba659",
	        NULL,
	        "243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89",
	        "4a298dacae57395a15d0795ddbfd1dcb564da82b0f269bc70a74f8220429ba1d"
	        "69e89b4c5564d00349106b8497785dd7d1d713a8ae82b32fa79d5f7fc407d39b",
	        false },
	{ NULL,
	        "dff1d77f2a671c5f36183726db2341be58feae1da2deced843240f7b502ba659",
	        NULL,
	        "243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89",
	        "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f"
	        "69e89b4c5564d00349106b8497785dd7d1d713a8ae82b32fa79d5f7fc407d39b",
	        false },
	{ NULL,
	        "dff1d77f2a671c5f36183726db2341be58feae1da2deced843240f7b502ba659",
	        NULL,
	        "243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89",
	        "6cff5c3ba86c69ea4b7376f31a9bcb4f74c1976089b2d9963da2e5543e177769"
	        "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
	        false },
	{ NULL,
	        "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc30",
	        NULL,
	        "243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89",
	        "6cff5c3ba86c69ea4b7376f31a9bcb4f74c1976089b2d9963da2e5543e177769"
	        "69e89b4c5564d00349106b8497785dd7d1d713a8ae82b32fa79d5f7fc407d39b",
	        false },
};
/* clang-format on */

static struct btc_validator *validator;

static struct btc_span unhex(uint8_t *out, const char *hex)
{
	int n = btc_unhex(out, MOST, hex, strlen(hex));

	assert_true(n >= 0);
	return (struct btc_span){ .p = out, .n = (size_t)n };
}

static void expect(const struct tx_row *row, uint32_t n, uint32_t flags, bool valid)
{
	uint8_t bytes[MOST], scripts[2][MOST];
	struct btc_prevout spent[2];
	struct btc_case c = {
		.tx = unhex(bytes, row->tx), .spent = spent, .n_spent = n, .flags = flags
	};
	struct btc_verdict verdict;
	char got[80];

	for (uint32_t i = 0; i < n; i++) {
		spent[i].amount = row->coins[i].amount + !valid;
		spent[i].script = unhex(scripts[i], row->coins[i].script);
	}
	assert_int_equal(btc_validate(validator, &verdict, &c), 0);
	btc_verdict_text(got, sizeof(got), &verdict);
	if ((verdict.fate == BTC_VALID) != valid)
		fail_msg("%s: %s", row->name, got);
}

static void the_transactions_of_bip143_are_valid_for_their_amounts_only(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < BT_LEN(bip143_txs); i++) {
		const struct tx_row *row = &bip143_txs[i];
		uint32_t n = row->coins[1].script != NULL ? 2 : 1;

		expect(row, n, BTC_VERIFY_P2SH | BTC_VERIFY_WITNESS, true);
		expect(row, n, BTC_VERIFY_P2SH | BTC_VERIFY_WITNESS, false);
	}
}

static void the_signature_hashes_of_bip143_are_found(void **unused)
{
	uint8_t bytes[MOST], code[MOST], want[32], hash[32];

	(void)unused;
	for (unsigned i = 0; i < BT_LEN(bip143_hashes); i++) {
		const struct hash_row *row = &bip143_hashes[i];
		const struct tx_row *tx = &bip143_txs[row->tx];
		struct btc_prevout spent[2] = { { .amount = tx->coins[0].amount },
			{ .amount = tx->coins[1].amount } };
		struct btc_case c = { .tx = unhex(bytes, tx->tx) };
		struct btc_verdict verdict;
		struct btc_txctx ctx;

		/* Without coins the verdict is no matter; the transaction is. */
		assert_int_equal(btc_validate(validator, &verdict, &c), 0);
		btc_txctx_init(&ctx, btc_validator_tx(validator), spent);
		btc_sighash_v0(hash, &ctx, row->input, unhex(code, row->code), row->type);
		btc_unhex(want, 32, row->hash, 64);
		assert_memory_equal(hash, want, 32);
	}
}

static void sign_as_published(const struct schnorr_row *row, const uint8_t message[32])
{
	secp256k1_context *secp = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
	uint8_t secret[MOST], aux[MOST], want[MOST], sig[64];
	secp256k1_keypair pair;

	assert_true(secp256k1_keypair_create(secp, &pair, unhex(secret, row->secret).p));
	assert_true(secp256k1_schnorrsig_sign32(secp, sig, message, &pair, unhex(aux, row->aux).p));
	assert_memory_equal(sig, unhex(want, row->sig).p, 64);
	secp256k1_context_destroy(secp);
}

static void the_signatures_of_bip340_verify_or_do_not(void **unused)
{
	uint8_t key[MOST], message[MOST], sig[MOST];

	(void)unused;
	for (unsigned i = 0; i < BT_LEN(bip340); i++) {
		const struct schnorr_row *row = &bip340[i];

		unhex(message, row->message);
		if (btc_schnorr_verify(unhex(sig, row->sig).p, message, unhex(key, row->key).p) !=
			row->valid)
			fail_msg("BIP340, row %u", i);
		if (row->secret != NULL)
			sign_as_published(row, message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_transactions_of_bip143_are_valid_for_their_amounts_only),
		cmocka_unit_test(the_signature_hashes_of_bip143_are_found),
		cmocka_unit_test(the_signatures_of_bip340_verify_or_do_not),
	};
	int failed;

	validator = btc_validator_new();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	btc_validator_free(validator);
	return failed;
}
