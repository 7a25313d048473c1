import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiProperty,
  ApiPropertyOptional,
  ApiTags,
} from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import { Actor, Allow, By } from '#libs/access';
import { roles, type Role } from '#libs/contracts';
import { ApiChange, ApiCommand, ApiProblems, IdempotencyKey, IfMatch, IsLegalDate, PageQuery } from '#libs/service-kit';
import { EndPost } from './end-post';
import { HoldPost } from './hold-post';
import { ListPosts } from './list-posts';

class PostBody {
  @ApiProperty({ description: 'Opaque id of the account' })
  @Matches(/^[A-Za-z0-9._-]{1,80}$/)
  account: string;

  @ApiProperty({ enum: roles })
  @IsIn([...roles])
  role: Role;

  @ApiProperty({ description: 'Division or school code; `/` above every root', example: '520103' })
  @Matches(/^(\d{6,10}|\/)$/)
  office: string;

  @ApiPropertyOptional({ description: 'First day; today when absent' })
  @IsOptional()
  @IsLegalDate()
  from?: string;

  @ApiPropertyOptional({ description: 'Last day' })
  @IsOptional()
  @IsLegalDate()
  to?: string;
}

class HoldPostsBody {
  @ApiProperty({ type: [PostBody], minItems: 1, maxItems: 1000 })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(1000)
  @ValidateNested({ each: true })
  @Type(() => PostBody)
  posts: PostBody[];
}

class EndPostBody {
  @ApiPropertyOptional({ description: 'Last day, yesterday at the earliest; today when absent' })
  @IsOptional()
  @IsLegalDate()
  to?: string;
}

class ListPostsQuery extends PageQuery {
  @ApiPropertyOptional()
  @IsOptional()
  @Matches(/^(\d{6,10}|\/)$/)
  office?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @MaxLength(80)
  account?: string;

  @ApiPropertyOptional({ description: '`next` of the page before' })
  @IsOptional()
  @IsString()
  @MaxLength(80)
  after?: string;
}

class HeldPostDoc {
  @ApiProperty() id: string;
  @ApiProperty() account: string;
  @ApiProperty({ enum: roles }) role: string;
  @ApiProperty() office: string;
  @ApiProperty() version: number;
}

class HeldPostsDoc {
  @ApiProperty({ type: [HeldPostDoc], description: 'In the order of the list' }) posts: HeldPostDoc[];
}

class PostDoc extends HeldPostDoc {
  @ApiProperty() path: string;
  @ApiProperty() from: string;
  @ApiPropertyOptional() to?: string;
}

class PostPageDoc {
  @ApiProperty({ type: [PostDoc] }) items: PostDoc[];
  @ApiPropertyOptional() next?: string;
}

class EndedPostDoc {
  @ApiProperty() id: string;
  @ApiProperty() to: string;
  @ApiProperty() version: number;
}

@ApiTags('posts')
@ApiBearerAuth()
@ApiProblems()
@Controller('api/registry/v1/posts')
export class PostsController {
  constructor(
    private readonly holdPost: HoldPost,
    private readonly endPost: EndPost,
    private readonly listPosts: ListPosts,
  ) {}

  @Post()
  @Allow('administrator')
  @ApiCommand()
  @ApiOperation({ summary: '任职（整份办理）· give posts to accounts, all of the list or none' })
  @ApiCreatedResponse({ type: HeldPostsDoc })
  hold(@By() actor: Actor, @IdempotencyKey() key: string, @Body() body: HoldPostsBody) {
    return this.holdPost.run(actor, key, body.posts);
  }

  @Post(':id/end')
  @Allow('administrator')
  @ApiChange()
  @ApiOperation({ summary: '免职 · set the last day of a post' })
  @ApiCreatedResponse({ type: EndedPostDoc })
  end(
    @By() actor: Actor,
    @IdempotencyKey() key: string,
    @IfMatch() version: number,
    @Param('id') post: string,
    @Body() body: EndPostBody,
  ) {
    return this.endPost.run(actor, key, { post, version, ...body });
  }

  @Get()
  @Allow('administrator', 'auditor')
  @ApiOperation({ summary: '岗位列表（本岗位范围内）· posts in scope, with their versions' })
  @ApiOkResponse({ type: PostPageDoc })
  list(@By() actor: Actor, @Query() query: ListPostsQuery) {
    return this.listPosts.run(actor, query);
  }
}
