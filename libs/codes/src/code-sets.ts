/** One value of a code set: the code that is stored, and its names. */
export interface CodeValue {
  code: string;
  zh: string;
  en: string;
  /** In common use, but not in the standard's table. */
  beyondStandard?: true;
}

const set = <const C extends string>(...rows: [C, string, string][]): readonly (CodeValue & { code: C })[] =>
  rows.map(([code, zh, en]) => ({ code, zh, en }));

/** GB/T 2261.1; the codes 0 (unknown) and 9 (not stated) have no place in a student record. */
export const sexes = set(['1', '男', 'male'], ['2', '女', 'female']);

/** What the number of a person is taken from. Codes are ours: the ministry's table was not reached. */
export const idDocumentTypes = set(
  ['residentId', '居民身份证', 'Resident ID card'],
  ['hmtResidencePermit', '港澳台居民居住证', 'Residence permit for Hong Kong, Macao and Taiwan residents'],
  ['hmtTravelPermit', '港澳台居民来往内地（大陆）通行证', 'Travel permit for Hong Kong, Macao and Taiwan residents'],
  ['passport', '护照', 'Passport'],
  ['foreignResidentCard', '外国人永久居留身份证', 'Permanent resident ID card of a foreigner'],
  ['none', '无证件', 'None'],
);
export type IdDocumentType = (typeof idDocumentTypes)[number]['code'];

export const householdKinds = set(
  ['family', '家庭户', 'Family household'],
  ['collective', '集体户', 'Collective household'],
  ['none', '无户口', 'Not registered'],
);
export type HouseholdKind = (typeof householdKinds)[number]['code'];

/** Who certifies that a child has no household registration (GZ-EN2). */
export const noHouseholdCertificates = set(
  ['householdAuthority', '户口管理部门无户证明', 'Certificate of the household authority'],
  ['community', '社区（村）无户证明', 'Certificate of the community'],
);
export type NoHouseholdCertificate = (typeof noHouseholdCertificates)[number]['code'];

/** Relation of the guardian to the child. */
export const guardianRelations = set(
  ['father', '父亲', 'father'],
  ['mother', '母亲', 'mother'],
  ['grandfather', '祖父（外祖父）', 'grandfather'],
  ['grandmother', '祖母（外祖母）', 'grandmother'],
  ['sibling', '兄姐', 'elder brother or sister'],
  ['otherRelative', '其他亲属', 'other relative'],
  ['institution', '福利机构', 'welfare institution'],
  ['otherGuardian', '其他监护人', 'other guardian'],
);
export type GuardianRelation = (typeof guardianRelations)[number]['code'];

export const yesNo = set(['yes', '是', 'yes'], ['no', '否', 'no']);

/** GB 3304: 56 groups, two digits kept as text. 97 and 98 are in common use, not in the standard. */
export const ethnicGroups: readonly CodeValue[] = [
  ...set(
    ['01', '汉族', 'Han'],
    ['02', '蒙古族', 'Mongol'],
    ['03', '回族', 'Hui'],
    ['04', '藏族', 'Zang'],
    ['05', '维吾尔族', 'Uygur'],
    ['06', '苗族', 'Miao'],
    ['07', '彝族', 'Yi'],
    ['08', '壮族', 'Zhuang'],
    ['09', '布依族', 'Buyei'],
    ['10', '朝鲜族', 'Chosen'],
    ['11', '满族', 'Man'],
    ['12', '侗族', 'Dong'],
    ['13', '瑶族', 'Yao'],
    ['14', '白族', 'Bai'],
    ['15', '土家族', 'Tujia'],
    ['16', '哈尼族', 'Hani'],
    ['17', '哈萨克族', 'Kazak'],
    ['18', '傣族', 'Dai'],
    ['19', '黎族', 'Li'],
    ['20', '傈僳族', 'Lisu'],
    ['21', '佤族', 'Va'],
    ['22', '畲族', 'She'],
    ['23', '高山族', 'Gaoshan'],
    ['24', '拉祜族', 'Lahu'],
    ['25', '水族', 'Sui'],
    ['26', '东乡族', 'Dongxiang'],
    ['27', '纳西族', 'Naxi'],
    ['28', '景颇族', 'Jingpo'],
    ['29', '柯尔克孜族', 'Kirgiz'],
    ['30', '土族', 'Tu'],
    ['31', '达斡尔族', 'Daur'],
    ['32', '仫佬族', 'Mulao'],
    ['33', '羌族', 'Qiang'],
    ['34', '布朗族', 'Blang'],
    ['35', '撒拉族', 'Salar'],
    ['36', '毛南族', 'Maonan'],
    ['37', '仡佬族', 'Gelao'],
    ['38', '锡伯族', 'Xibe'],
    ['39', '阿昌族', 'Achang'],
    ['40', '普米族', 'Pumi'],
    ['41', '塔吉克族', 'Tajik'],
    ['42', '怒族', 'Nu'],
    ['43', '乌孜别克族', 'Uzbek'],
    ['44', '俄罗斯族', 'Russ'],
    ['45', '鄂温克族', 'Ewenki'],
    ['46', '德昂族', 'Deang'],
    ['47', '保安族', 'Bonan'],
    ['48', '裕固族', 'Yugur'],
    ['49', '京族', 'Gin'],
    ['50', '塔塔尔族', 'Tatar'],
    ['51', '独龙族', 'Derung'],
    ['52', '鄂伦春族', 'Oroqen'],
    ['53', '赫哲族', 'Hezhen'],
    ['54', '门巴族', 'Monba'],
    ['55', '珞巴族', 'Lhoba'],
    ['56', '基诺族', 'Jino'],
  ),
  { code: '97', zh: '其他', en: 'Other', beyondStandard: true },
  { code: '98', zh: '外国血统', en: 'Foreign descent', beyondStandard: true },
];

/** The value whose code or Chinese name is given; names are taken exactly, never guessed. */
export const codeOf = (values: readonly CodeValue[], text: string): string | undefined =>
  values.find((v) => v.code === text || v.zh === text)?.code;
