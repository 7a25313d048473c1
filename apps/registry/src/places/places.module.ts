import { Module } from '@nestjs/common';
import { PoliciesModule } from '../policies/policies.module';
import { CarryOut } from './carry-out';
import { ClassRepository } from './class.repository';
import { ClassesController } from './classes.controller';
import { EndPost } from './end-post';
import { HoldPost } from './hold-post';
import { ListOffices } from './list-offices';
import { ListPosts } from './list-posts';
import { OfficesController } from './offices.controller';
import { OfficesModule } from './offices.module';
import { OpenClass } from './open-class';
import { OpenOffice } from './open-office';
import { OpenSchool } from './open-school';
import { PostsController } from './posts.controller';
import { RootPost } from './root-post';
import { SchoolsController } from './schools.controller';
import { SetLine } from './set-line';
import { SetTerm } from './set-term';
import { ShowCalendar } from './show-calendar';
import { ShowSchool } from './show-school';
import { TermRepository } from './term.repository';
import { TermsController } from './terms.controller';

@Module({
  imports: [OfficesModule, PoliciesModule],
  controllers: [OfficesController, SchoolsController, TermsController, ClassesController, PostsController],
  providers: [
    CarryOut,
    ClassRepository,
    TermRepository,
    RootPost,
    OpenOffice,
    OpenSchool,
    SetLine,
    SetTerm,
    OpenClass,
    HoldPost,
    EndPost,
    ListOffices,
    ShowSchool,
    ShowCalendar,
    ListPosts,
  ],
  exports: [OfficesModule, CarryOut, ClassRepository, TermRepository],
})
export class PlacesModule {}
