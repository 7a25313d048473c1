import type { Random } from './random';

const surnames =
  '王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段漕钱汤尹黎易常武乔贺赖龚文';
const given =
  '子梓雨诗思宇浩欣佳怡文明晨轩涵睿博嘉俊瑞雪琪妍萱悦宁静安若兰芷清晓晴月星辰云飞远航志远峰岚川泽沐林森木桐楠柏竹梅菊荷莲青蓝紫彤丹朱秋春夏冬雅韵书画琴棋礼乐仁义信诚敏慧聪颖灵秀美丽芳菲华光阳曦晖昊天朗润';
/** Characters beyond U+4E00–U+9FA5, as they stand in true household books. */
const rare = ['䶮', '㛃', '𬱖', '𫖯', '𣲘', '㐂', '𠮷', '𬭎', '䒟', '㬎'];
const partsWithDot = [
  ['阿依', '古丽', '热娜', '艾力', '买买提', '努尔', '迪丽', '帕提'],
  ['吉克', '阿木', '沙马', '曲比', '依火', '木呷'],
  ['扎西', '卓玛', '次仁', '央金', '多吉'],
];

const characters = (text: string) => [...text];

/** An invented name. Composed at random from lists of common characters. */
export const childName = (random: Random, surname = random.pick(characters(surnames))): string => {
  const two = random.chance(0.75);
  return surname + random.pick(characters(given)) + (two ? random.pick(characters(given)) : '');
};

export const surnameOf = (random: Random): string => random.pick(characters(surnames));

export const rareName = (random: Random): string =>
  random.pick(characters(surnames)) + random.pick(rare) + (random.chance(0.5) ? random.pick(characters(given)) : '');

/** A name of two or three parts with `·`, and an ethnic group in whose names such parts are usual. */
export const dottedName = (random: Random): { name: string; ethnic: string } => {
  const family = random.below(partsWithDot.length);
  const parts = partsWithDot[family];
  const name = [random.pick(parts), random.pick(parts), ...(random.chance(0.3) ? [random.pick(parts)] : [])].join('·');
  return { name, ethnic: ['05', '07', '04'][family] };
};
