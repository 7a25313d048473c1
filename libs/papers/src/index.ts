/**
 * Scans that schools upload as evidence: taken once for each school, kept encrypted under their digest, shown with an audit
 * row. What a paper proves, and which case it belongs to, the service knows that keeps it.
 */
export { KeepPapers, largestPaper } from './keep-papers';
export {
  digestOf,
  type PaperReply,
  paperProblems,
  sendPaper,
  ShowsPaper,
  UploadedPaperDoc,
  UploadPaperQuery,
} from './paper.dto';
export { PapersModule } from './papers.module';
export { PapersRepository } from './papers.repository';
